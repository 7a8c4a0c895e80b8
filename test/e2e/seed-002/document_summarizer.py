"""The life of a graph workflow, as a client of contract 002 lives it: made, executed, deployed, found, triggered, armed."""

import json
import sys
import uuid

import requests

base, key, text = sys.argv[1:]
headers = {"apikey": key, "Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def call(method, path, **options):
    response = requests.request(method, base + path, timeout=30, **{"headers": headers, **options})
    return {"status": response.status_code, "body": response.json() if response.content else None}


agent = call("POST", "/api/agents", json={"name": "Summarizer", "model": "builtin/extract", "system_prompt": "Be brief."})
workflow = call("POST", "/api/workflows", json={"name": "Summaries", "description": "Summarizes what it is sent"})
wf = f"/api/workflows/{workflow['body']['id']}"

prompt = "Summarize the following document:\n\n{{variables.text}}"
webhook = {"webhook_id": str(uuid.uuid4()), "webhook_secret": str(uuid.uuid4())}
graph = call(
    "PUT",
    f"{wf}/graph",
    json={
        "blocks": [
            {"id": "hook", "type": "webhook", "config": webhook, "position": {"x": 0, "y": 0}},
            {
                "id": "summarize",
                "type": "agent",
                "config": {"agent_id": agent["body"]["id"], "message": prompt},
                "position": {"x": 300, "y": 0},
            },
            {"id": "out", "type": "response", "config": {}, "position": {"x": 600, "y": 0}},
        ],
        "edges": [{"source": "hook", "target": "summarize"}, {"source": "summarize", "target": "out"}],
    },
)
executed = call("POST", f"{wf}/execute", json={"variables": {"text": text}})

before = call("POST", f"/api/webhooks/{webhook['webhook_id']}", headers={"Authorization": f"Bearer {webhook['webhook_secret']}"})
deployed = call("POST", f"{wf}/deploy")
saved = next(block for block in call("GET", wf)["body"]["blocks"] if block["type"] == "webhook")["config"]
address, bearer = f"/api/webhooks/{saved['webhook_id']}", {"Authorization": f"Bearer {saved['webhook_secret']}"}
triggered = [
    call("POST", address, headers=bearer, json={"text": text}),
    call("POST", f"{address}?token={saved['webhook_secret']}", headers={}, json={"text": text}),
]
refused = [
    call("POST", address, headers={"Authorization": "Bearer "}, json={"text": text}),
    call("POST", f"{address}?token={saved['webhook_secret']}", headers={"Authorization": "Bearer "}, json={"text": text}),
    call("POST", "/api/webhooks/not-a-uuid", headers=bearer, json={}),
    call("POST", f"/api/webhooks/{uuid.uuid4()}", headers=bearer, json={}),
]

undeployed = call("POST", f"{wf}/undeploy")
armed = call("POST", f"{wf}/arm")
calls = [call("POST", address, headers=bearer, json={"text": text}) for _ in range(2)]

print(
    json.dumps(
        {
            "workflow": workflow,
            "graph": graph,
            "executed": executed,
            "before": before,
            "deployed": deployed,
            "saved": saved == webhook,
            "triggered": triggered,
            "refused": refused,
            "undeployed": undeployed,
            "armed": armed,
            "calls": calls,
        }
    )
)
