"""Arrow: threads, the instruction set that it was dispatched to, the allocator.

https://arrow.apache.org/docs/python/generated/pyarrow.runtime_info.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import pyarrow as pa

    answers.ask("version", lambda: pa.__version__)
    answers.ask("threads", lambda: pa.cpu_count())
    answers.ask("threads.io", lambda: pa.io_thread_count())
    answers.ask("simd_level", lambda: pa.runtime_info().simd_level)
    answers.ask("allocator", lambda: pa.default_memory_pool().backend_name)
