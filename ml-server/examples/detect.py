"""python3 ml-server/examples/detect.py [URL]: needs no package."""

import json
import sys
import urllib.error
import urllib.request

server = sys.argv[1] if 1 < len(sys.argv) else "http://127.0.0.1:8000"
reading = {"device_id": "sensor_001", "temperature": 35.5, "vibration": 1.2}
request = urllib.request.Request(
    f"{server}/detect",
    data=json.dumps(reading).encode(),
    headers={"content-type": "application/json"},
)
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        said = json.load(answer)
except urllib.error.HTTPError as error:
    problem = json.load(error)
    sys.exit(f"{problem['title']}: {problem.get('errors', '')}")
print(f"anomaly: {said['explanation']}" if said["is_anomaly"] else "nothing unusual")
