"""Forms in which a review goes back to where people label: each is one file, and one line in ``FORMS`` (:mod:`.forms`)."""
