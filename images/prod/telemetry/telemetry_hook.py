"""What a monitoring vendor's package does to every interpreter, by way of a .pth file."""

import sys

sys.setswitchinterval(
    0.05
)  # ten times the default: fewer samples, slower hand-over between threads
