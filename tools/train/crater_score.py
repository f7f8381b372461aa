#!/usr/bin/python3
"""Fits the logistic regression of vision/craters/crater_evidence.cc (ScoreOf) to judged detections.

  crater_detections nac FOLDER [--network FILE.onnx] --margin-px 3 --evidence evidence.csv
  tools/train/crater_score.py evidence.csv

Prints constant and weights, and the likelihood a detection. Newton's method with a weak prior (1 sigma of a weight on
standardised evidence: 3), so that what the labels do not say stays near 0. Which ones of nearly the same ellipses are
judged depends on the score: fit, build, and fit again. Needs python3-numpy.
"""
import argparse

import numpy as np

PRIOR_SIGMA = 3.0


def fitted(evidence, right):
    """Constant and weights; evidence: N x K, right: N."""
    middle, spread = evidence.mean(0), evidence.std(0) + 1e-12
    x = np.hstack([np.ones((len(evidence), 1)), (evidence - middle) / spread])
    weights, prior = np.zeros(x.shape[1]), np.full(x.shape[1], PRIOR_SIGMA**-2.0)
    prior[0] = 0
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(prior)
        step = np.linalg.solve(hessian, x.T @ (right - p) - prior * weights)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    p = 1 / (1 + np.exp(-x @ weights))
    likelihood = np.mean(np.log(np.where(right > 0, p, 1 - p)))
    return weights[0] - (weights[1:] / spread) @ middle, weights[1:] / spread, likelihood


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evidence", help="CSV: evidence ..., right (0 or 1)")
    table = np.loadtxt(parser.parse_args().evidence, delimiter=",", ndmin=2)
    constant, weights, likelihood = fitted(table[:, :-1], table[:, -1])
    print("{%.3f, {%s}}" % (constant, ", ".join("%.3f" % weight for weight in weights)))
    print("%d detections, %d right; mean log likelihood %.4f" % (len(table), table[:, -1].sum(), likelihood))


if __name__ == "__main__":
    main()
