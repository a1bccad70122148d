"""Learn in a classroom: the presentation, questions, the teacher's notes, a worksheet, and what is prepared before."""
