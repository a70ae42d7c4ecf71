"""Course models: one file in ``models/`` each, and the numbers that the courses published."""

from bayesmm.course.data import CourseData, course_data
from bayesmm.course.library import course_models, load_model
from bayesmm.course.model import CourseModel, Published
from bayesmm.course.published import compare_published, published_text

__all__ = [
    "CourseData",
    "CourseModel",
    "Published",
    "compare_published",
    "course_data",
    "course_models",
    "load_model",
    "published_text",
]
