"""Importing this lets Streamlit look for packages with components once in a process, and not for every app and server.

It reads the metadata of each installed distribution, of two hundred a third of a second; which are installed changes in no test.
"""

from functools import cache

from streamlit.components.v2 import manifest_scanner

manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
