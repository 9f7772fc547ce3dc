"""short_code.py - options and names in the text stay in one piece, for a browser breaks `--image-size` behind each hyphen: a hook of mkdocs."""
import re

CODE = re.compile(r"<code>([^<]+)</code>")
SHORT = re.compile(r"(?<!\S)(?=\S*-)\S{2,28}(?!\S)")  # longer ones may break, on a phone they must


def on_page_content(html, **_kwargs):
    return CODE.sub(lambda code: "<code>" + SHORT.sub(r'<span class="short">\g<0></span>', code[1]) + "</code>", html)
