"""Which runs are there, and building another: other data, another network, or one trained before your eyes."""

import streamlit as st

from explorer.ui import building, owning, parts, words, working
from explorer.ui.blocks import draw

run = parts.opened()
question = "A run is a set of images, a network that turns them into numbers, and a last layer fitted to them."
draw("top", parts.head(run, "Data and models", question))
st.subheader("This run", anchor=False)
st.table({key: words.verbatim(said) for key, said in building.facts(run).items()})
st.subheader("Build another", anchor=False)
with st.form("build"):
    first, second, third, fourth = st.columns([3, 2, 1, 1], vertical_alignment="bottom")
    dataset = first.text_input("Data set, or the path of a folder", "drawn", help=building.datasets())
    backbone = second.selectbox("Network", building.NETWORKS, help=building.NETWORK, accept_new_options=True)
    limit = third.number_input("Training images", 0, help="0 means all of them.")
    seed = fourth.number_input("Seed", 0, help="Decides the training and which images are taken.")
    fifth, sixth = st.columns([5, 2])
    noise = fifth.text_input(
        "Labels to change on purpose", placeholder="none; or such as cat>dog:0.4", help=building.noise()
    )
    noise_seed = sixth.number_input("Seed of the changes", 0, help="Decides which labels are changed.")
    own = owning.ask()
    if st.form_submit_button("Build", icon=":material/play_arrow:"):
        building.start(dataset, backbone, int(limit), int(seed), noise, int(noise_seed), own)
working.progress()
