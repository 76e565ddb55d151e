"""A small inference service: scores a customer's recent amounts for fraud.

Everything runs in one process, so the container's main process is the one that loads NumPy,
pandas and scikit-learn.

    GET  /healthz   {"status": "ok", ...}
    POST /predict   {"amounts": [120.5, 80], "when": "03/04/2024 23:30"}
                    -> {"score": 0.41, "flagged": false}
"""

import configparser
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import featurelib
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PORT = 8080
POLICY = "/etc/scoring/policy.conf"  # from the OS package scoring-policy
MAX_BODY = 64 * 1024


def train():
    """Fit the model on data it draws itself, so that the image needs no artefact."""
    rng = np.random.default_rng(7)
    histories = rng.gamma(2.0, 200.0, size=(1500, 6)).round(2)
    hours = rng.integers(0, 24 * 365, size=len(histories))
    start = np.datetime64("2024-01-01T00")
    x = pd.concat(
        [
            featurelib.features(row, str(start + hour))
            for row, hour in zip(histories, hours, strict=True)
        ],
        ignore_index=True,
    )
    risk = x["total"] / 2400 + x["spread"] / 400 + (x["hour"] < 6) + rng.normal(0, 0.3, len(x))
    model = make_pipeline(
        StandardScaler(), PCA(4), HistGradientBoostingClassifier(max_iter=40, random_state=7)
    )
    return model.fit(x, risk > risk.median())


class Scorer:
    def __init__(self):
        policy = configparser.ConfigParser()
        policy.read(POLICY)
        self.cap = policy.getfloat("scoring", "cap", fallback=10_000.0)
        self.threshold = float(os.environ.get("SCORE_THRESHOLD", "0.5"))
        # Only the host is kept: the credential stays in the environment.
        self.database = urlsplit(os.environ.get("DATABASE_URL", "")).hostname
        self.model = train()

    def predict(self, amounts, when):
        x = featurelib.features(np.minimum(np.asarray(amounts, dtype=float), self.cap), when)
        score = float(self.model.predict_proba(x)[0, 1])
        return {"score": score, "flagged": score >= self.threshold}


class Handler(BaseHTTPRequestHandler):
    scorer = None

    def do_GET(self):
        if self.path != "/healthz":
            return self.reply(404, {"error": "not found"})
        return self.reply(200, {"status": "ok", "database": self.scorer.database})

    def do_POST(self):
        if self.path != "/predict":
            return self.reply(404, {"error": "not found"})
        try:
            size = int(self.headers.get("Content-Length", 0))
            if not 0 < size <= MAX_BODY:
                return self.reply(413, {"error": "body missing or too large"})
            body = json.loads(self.rfile.read(size))
            return self.reply(200, self.scorer.predict(body["amounts"], body["when"]))
        except (KeyError, TypeError, ValueError) as error:
            return self.reply(400, {"error": f"{type(error).__name__}: {error}"})

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def main():
    Handler.scorer = Scorer()
    server = ThreadingHTTPServer(("", PORT), Handler)
    # The kernel gives PID 1 no default handlers: without this, `docker stop` waits ten seconds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on port {PORT}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
