"""The packages, found where they are; ``data`` is installed as ``sira_data``."""

from setuptools import find_packages, setup

ROOMS = find_packages(include=["geo", "geo.*", "models", "models.*", "api", "api.*"])

setup(packages=[*ROOMS, "sira_data"], package_dir={"sira_data": "data"})
