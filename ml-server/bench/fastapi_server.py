"""The usual way to serve an Isolation Forest in Python: FastAPI, scikit-learn, one worker.

python3 ml-server/bench/fastapi_server.py PORT
"""

import sys

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.ensemble import IsolationForest

random = np.random.default_rng(42)
model = IsolationForest(n_estimators=100, max_samples=256, contamination=0.05, random_state=42)
model.fit(np.column_stack([random.normal(22, 2, 6400), random.normal(1.2, 0.2, 6400)]))
app = FastAPI()


class Reading(BaseModel):
    device_id: str
    temperature: float
    vibration: float
    timestamp: str | None = None


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/detect")
def detect(reading: Reading):
    score = -model.score_samples(np.array([[reading.temperature, reading.vibration]]))[0]
    return {**dict(reading), "is_anomaly": bool(-model.offset_ <= score), "score": float(score)}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
