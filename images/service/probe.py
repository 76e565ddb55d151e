"""The health check: exits 0 when /healthz answers 200.

Given a JSON body, it asks /predict and prints the answer.
"""

import sys
from urllib.request import ProxyHandler, Request, build_opener

# No proxy: the request must reach this container, whatever its proxy settings are.
opener = build_opener(ProxyHandler({}))
request = Request("http://127.0.0.1:8080/healthz")
if sys.argv[1:]:
    request = Request("http://127.0.0.1:8080/predict", data=sys.argv[1].encode())
try:
    print(opener.open(request, timeout=3).read().decode())
except OSError as error:  # urllib's errors are OSErrors
    sys.exit(f"unhealthy: {error}")
