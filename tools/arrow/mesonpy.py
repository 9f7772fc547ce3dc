"""mesonpy.py - stands in for the build of nanoarrow's package when pip downloads its sources: pip asks for metadata, they are in PKG-INFO, and
nothing is to be configured or compiled for them."""
import os
import shutil


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    os.mkdir(os.path.join(folder, "nanoarrow.dist-info"))
    shutil.copy("PKG-INFO", os.path.join(folder, "nanoarrow.dist-info", "METADATA"))
    return "nanoarrow.dist-info"
