"""What may be wrong with a training before it runs: `model.doctor(x, y)`."""

from ..out_of_scope import watch
from .findings import Diagnosis, Finding

__all__ = ["Diagnosis", "Finding"]

watch(__name__)
