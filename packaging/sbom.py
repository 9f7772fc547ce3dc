"""sbom.py - what is the program made of?  An SPDX 2.3 document (JSON) of built files and of what they are linked with.

    python3 packaging/sbom.py --version 0.1.0 -o rwda.spdx.json BINARY...

Which libraries: `ldd` and each file's DT_NEEDED.  Name, version and source of a library: dpkg where it knows the file, its pkg-config file
otherwise.  The date is $SOURCE_DATE_EPOCH's; everything is sorted, so that equal builds give equal bytes."""
import argparse
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import urllib.parse

NAME, LICENCE = "rwda", "MIT"
PARTS = [  # what is compiled in and others made: debian/copyright
    ("src/clip/bpe_merges.bin", "MIT"),
    ("src/clip/char_class_tables.inc", "Unicode-3.0"),
    ("src/clip/html_entities.inc", "BSD-3-Clause"),
    ("src/clip/repair_tables.inc", "Apache-2.0"),
    ("src/clip/unicode_tables.inc", "Unicode-3.0"),
]


ENVIRONMENT = {**{name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}, "LC_ALL": "C"}  # `ldd` would list that too


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    return done.stdout if done.returncode == 0 else ""


def needed(binary):
    """Sonames that a file asks for itself."""
    return re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", binary))


def soname(binary):
    return "".join(re.findall(r"SONAME\s+(\S+)", output("objdump", "-p", binary)))


def resolved(binary):
    """soname -> path, of everything that the loader would bring."""
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", binary), re.M))


def debian_packages(paths):
    """path -> name, version, architecture, source of the Debian package that has the file; in two questions, for each is slow."""
    forms = {form: path for path in paths for form in ("/usr" + path, os.path.realpath(path), path)}
    asked = subprocess.run(["dpkg-query", "-S", *forms], capture_output=True, text=True, env=ENVIRONMENT).stdout
    owner = {forms[file]: owners.split(",")[0] for owners, file in re.findall(r"^(\S[^:]*(?::\w+)?): (/.*)$", asked, re.M)}
    shown = output("dpkg-query", "-W", "-f", "${binary:Package}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\n",
                   *sorted(set(owner.values()))) if owner else ""
    known = {line.split("\t")[0]: dict(zip(("name", "version", "architecture", "source"), line.split("\t")[1:])) for line in shown.splitlines()}
    return {path: known.get(name) or known.get(name.split(":")[0]) for path, name in owner.items()}


def pkg_config_version(library):
    """Of the pkg-config file that is called like the library, if there is one."""
    stem = re.sub(r"^lib|\.so.*$", "", library)
    for name in (stem, "lib" + stem):
        version = output("pkg-config", "--modversion", name).strip()
        if version:
            return version
    return None


def spdx_id(*parts):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", "-".join(parts))


def library_entry(name, package):
    entry = {"downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
             "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION"}
    if package is None:
        version = pkg_config_version(name)
        entry.update(SPDXID=spdx_id("library", name), name=name)
        if version:
            entry["versionInfo"] = version
        return entry
    purl = "pkg:deb/debian/%s@%s?arch=%s" % (package["name"], urllib.parse.quote(package["version"], safe="~"), package["architecture"])
    entry.update(SPDXID=spdx_id("deb", package["name"]), name=package["name"], versionInfo=package["version"],
                 supplier="Organization: Debian", sourceInfo="Debian source package " + package["source"],
                 externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                "referenceLocator": purl}])
    return entry


def sums(path):
    with open(path, "rb") as file:
        data = file.read()
    return [{"algorithm": name.upper(), "checksumValue": hashlib.new(name, data).hexdigest()} for name in ("sha1", "sha256")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True)
    parser.add_argument("--source", default=".", help="the source tree")
    parser.add_argument("--compiled-in", action="append", default=[], metavar="NAME=VERSION=LICENCE", help="a package of PyPI whose sources are part of a binary")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("binaries", nargs="+")
    args = parser.parse_args()

    root = {"SPDXID": spdx_id("package", NAME), "name": NAME, "versionInfo": args.version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": True, "licenseConcluded": LICENCE,
            "licenseInfoFromFiles": [LICENCE], "licenseDeclared": LICENCE, "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}
    files, packages, relationships = {}, {}, set()
    relationships.add(("SPDXRef-DOCUMENT", "DESCRIBES", root["SPDXID"]))
    own = {soname(binary): spdx_id("file", os.path.basename(binary)) for binary in args.binaries}
    libraries = {binary: resolved(binary) for binary in args.binaries}
    owners = debian_packages({path for paths in libraries.values() for path in paths.values()}) if shutil.which("dpkg-query") else {}
    for binary in sorted(args.binaries):
        name = os.path.basename(binary)
        file = {"SPDXID": spdx_id("file", name), "fileName": "./" + name, "checksums": sums(binary), "licenseConcluded": LICENCE,
                "licenseInfoInFiles": [LICENCE], "copyrightText": "NOASSERTION", "fileTypes": ["BINARY"]}
        files[file["SPDXID"]] = file
        relationships.add((root["SPDXID"], "CONTAINS", file["SPDXID"]))
        direct = needed(binary)
        relationships.update((file["SPDXID"], "DYNAMIC_LINK", own[name]) for name in direct if name in own)
        for name, path in libraries[binary].items():
            if name in own:
                continue
            entry = library_entry(name, owners.get(path))
            packages[entry["SPDXID"]] = entry
            if name in direct:
                relationships.add((file["SPDXID"], "DYNAMIC_LINK", entry["SPDXID"]))
            else:
                relationships.add((root["SPDXID"], "DEPENDS_ON", entry["SPDXID"]))
    for name, version, licence in (text.split("=") for text in args.compiled_in):
        entry = {"SPDXID": spdx_id("compiled-in", name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                 "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION",
                 "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/%s@%s" % (name, version)}]}
        packages[entry["SPDXID"]] = entry
        relationships.add((root["SPDXID"], "STATIC_LINK", entry["SPDXID"]))
    sha1s = "".join(sorted(file["checksums"][0]["checksumValue"] for file in files.values()))
    root["packageVerificationCode"] = {"packageVerificationCodeValue": hashlib.sha1(sha1s.encode()).hexdigest()}
    for path, licence in PARTS:
        file = {"SPDXID": spdx_id("source", path), "fileName": "./" + path, "checksums": sums(os.path.join(args.source, path)), "licenseConcluded": licence,
                "licenseInfoInFiles": [licence], "copyrightText": "NOASSERTION", "fileTypes": ["SOURCE"]}
        files[file["SPDXID"]] = file
        relationships.add((root["SPDXID"], "GENERATED_FROM", file["SPDXID"]))

    seconds = os.environ.get("SOURCE_DATE_EPOCH") or datetime.datetime.now().timestamp()
    when = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "%s-%s" % (NAME, args.version),
        "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: rwda-sbom.py"]},
        "packages": [root] + [packages[key] for key in sorted(packages)], "files": [files[key] for key in sorted(files)],
        "relationships": [dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), r)) for r in sorted(relationships)],
    }
    content = json.dumps(document, sort_keys=True).encode()
    document["documentNamespace"] = "https://spdx.org/spdxdocs/%s-%s-%s" % (NAME, args.version, hashlib.sha256(content).hexdigest()[:32])
    with open(args.output, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
