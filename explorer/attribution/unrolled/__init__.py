"""``unrolled``: the exact derivative of a recorded training in the weights of its images, and of its end along a change of them."""

from explorer.attribution.unrolled.adam_step import Kept, kept_steps
from explorer.attribution.unrolled.forward import Course, first_course, pass_forth
from explorer.attribution.unrolled.reverse import Cotangent, Passing, first_passing, gradients_of_weights, pass_back
from explorer.attribution.unrolled.state_change import Change
from explorer.attribution.unrolled.steps_back import StepsBack

__all__ = [
    "Change",
    "Cotangent",
    "Course",
    "Kept",
    "Passing",
    "StepsBack",
    "first_course",
    "first_passing",
    "gradients_of_weights",
    "kept_steps",
    "pass_back",
    "pass_forth",
]
