"""docstrings.py - what the package's docstrings need to be Markdown: an extension of griffe, by which mkdocstrings reads them.

An example of doctest becomes a block of code (">>>" is a quotation in a quotation in a quotation), a document's name a link.
"""
import re

import griffe

EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.M)  # to the next empty line


class Docstrings(griffe.Extension):
    def on_instance(self, *, obj, **_kwargs):
        if obj.docstring:
            text = re.sub(r"\bdocs/(\w+)\.md\b", r"[\g<0>](../docs/\1.md)", obj.docstring.value)
            obj.docstring.value = EXAMPLE.sub(r"```pycon\n\g<0>\n```", text)
