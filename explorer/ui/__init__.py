"""The only package, with pages/ and streamlit_app.py, that imports Streamlit."""
