"""Course models, one file in ``models/`` each, with published numbers; notebooks, exercises."""

from bayesmm.course.answer import CheckedAnswer
from bayesmm.course.answer_check import check_answer
from bayesmm.course.data import CourseData, course_data
from bayesmm.course.formula_check import check_formula
from bayesmm.course.library import course_models, load_model
from bayesmm.course.model import CourseModel, Published
from bayesmm.course.notebooks import copy_course, course_notebooks
from bayesmm.course.published import compare_published, published_text

__all__ = [
    "CheckedAnswer",
    "CourseData",
    "CourseModel",
    "Published",
    "check_answer",
    "check_formula",
    "compare_published",
    "copy_course",
    "course_data",
    "course_models",
    "course_notebooks",
    "load_model",
    "published_text",
]
