"""Look at a running city from outside, with the standard library alone: ready, page, log in, one locate.

python3 deploy/probe.py http://127.0.0.1:8000 .citygrid [SECONDS TO WAIT]
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


def fetch(url, data=None, token=None):
    """Return (status, body) of one request, errors included."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_ready(base, seconds):
    """Wait until /readyz says 200, and return how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if fetch(f"{base}/readyz")[0] == 200:
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"{base}/readyz did not answer within {seconds} s")


def check(what, status, body, *words):
    """Print a line, and end with an error unless the status is 200 and the body holds every word."""
    text = body.decode("utf-8", "replace")
    good = status == 200 and all(word in text for word in words)
    print(f"{'ok' if good else 'WRONG'} {what}: {status}, {len(body)} bytes {'' if good else text[:300]}")
    if not good:
        sys.exit(1)


def main(base, home, seconds="900"):
    """Probe the city at `base` whose state folder is `home`."""
    print(f"ready after {wait_ready(base, float(seconds)):.1f} s")
    check("GET /", *fetch(f"{base}/"), "<html")
    login = json.loads((Path(home) / "demo-login.json").read_text(encoding="utf-8"))
    form = urllib.parse.urlencode({"username": login["username"], "password": login["password"]}).encode()
    status, body = fetch(f"{base}/api/auth/token", form)
    check("log in", status, body, "access_token")
    token = json.loads(body)["access_token"]
    where = "lon=116.3105&lat=39.9840&datum=wgs84"
    check("locate", *fetch(f"{base}/api/grids/locate?{where}", token=token), "assignments", "110108")


if __name__ == "__main__":
    main(*sys.argv[1:])
