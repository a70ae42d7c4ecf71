"""What the notebooks, README.md and pages of docs/ say of numbers, by page.

Of each: the words, and expressions that are True in the names of the page at its end.
"""

from notebooks.sentences import (
    beyond,
    counts,
    ecology,
    five_minutes,
    for_r_users,
    laboratories,
    links,
    maximum_likelihood,
    pooling,
    psychology,
    readme,
    tasks,
    tour,
    trees,
)

__all__ = ["CLAIMS"]

CLAIMS = {
    "00_tour": tour.CLAIMS,
    "01_pooling": pooling.CLAIMS,
    "02_glm_to_glmm": links.CLAIMS,
    "03_trees": trees.CLAIMS,
    "04_psychology": psychology.CLAIMS,
    "05_laboratories": laboratories.CLAIMS,
    "06_ecology": ecology.CLAIMS,
    "07_maximum_likelihood": maximum_likelihood.CLAIMS,
    "08_counts": counts.CLAIMS,
    "09_beyond_the_normal": beyond.CLAIMS,
    "README": readme.CLAIMS,
    "FOR_R_USERS": for_r_users.CLAIMS,
    "five_minutes": five_minutes.CLAIMS,
    "tasks": tasks.CLAIMS,
}
