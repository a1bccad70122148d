"""The explorer in the browser: with pages/ and streamlit_app.py the only package that imports Streamlit."""
