"""The script that Streamlit runs for every page.

It lies apart: beside a folder named ``pages`` Streamlit takes that folder's files for the app's pages, and answers a deep
link that reaches a fresh server with "Page not found" (PagesManager.uses_pages_directory, Streamlit 1.67).
"""
