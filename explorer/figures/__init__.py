"""Results become Plotly figures; nothing here knows Streamlit."""
