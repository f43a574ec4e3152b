"""Writes an Isolation Forest of scikit-learn as JSON that `npm run models -- import FILE` reads.

    from sklearn.ensemble import IsolationForest
    from export_forest import export_forest

    rows = ...  # one row a reading; columns as `FEATURES` says, for one metric
    model = IsolationForest(n_estimators=100, max_samples=256, contamination=0.05, random_state=42).fit(rows)
    export_forest(model, rows, metric="temperature", path="forest.json")

Needs numpy and scikit-learn. Trees and numbers only: no pickle, no code.
"""

import json

import numpy as np

FEATURES = [
    "value",
    "hour_sine",
    "hour_cosine",
    "rate_per_minute",
    "rolling_mean",
    "rolling_deviation",
    "rolling_range",
]


def export_forest(model, rows, metric, path, place_type=None):
    """Writes the forest, its threshold, and some rows with the scores that scikit-learn gives them."""
    rows = np.asarray(rows, dtype=np.float32)
    if rows.shape[1] != len(FEATURES):
        raise ValueError(f"rows have {rows.shape[1]} columns, wanted {len(FEATURES)}: {FEATURES}")
    for features in model.estimators_features_:
        if list(features) != list(range(len(FEATURES))):
            raise ValueError("every tree must see all features: max_features=1.0")
    chosen = rows[:: max(1, len(rows) // 20)][:20]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(
            {
                "schema": "sklearn-isolation-forest/1",
                "metrics": [metric],
                "place_type": place_type,
                "features": FEATURES,
                "max_samples": int(model.max_samples_),
                "threshold": float(-model.offset_),
                "trees": [_tree(estimator.tree_) for estimator in model.estimators_],
                "check": [
                    {"row": [float(x) for x in row], "score": float(score)}
                    for row, score in zip(chosen, -model.score_samples(chosen))
                ],
            },
            file,
        )


def _tree(tree):
    return {
        "feature": tree.feature.tolist(),
        "threshold": tree.threshold.tolist(),
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "rows": tree.n_node_samples.tolist(),
    }
