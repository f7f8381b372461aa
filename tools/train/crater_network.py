#!/usr/bin/python3
"""Trains the network of vision/craters/crater_network.h on pictures made by crater_scenes.

  tools/train/crater_network.py SCENES -o crater_centres.onnx [--steps N]

Each octave of diameters, 8 to 16 px, is found on its own level of a pyramid, so that one small network serves all
sizes. Input: N x 1 x H x W, locally normalised (`normalise`), Sun from +x (within about 20 degrees), H and W multiples
of 8. Output: N x 4 x H/2 x W/2; for each cell, whose middle is at pixel 2 i + 0.5: logit of being a crater's centre;
x and y from there to the centre, in units of 8 px; log2 of diameter over 11.3 px. Centres are learned as in CenterNet
(Zhou, Wang and Kraehenbuehl 2019, Objects as Points): a peak at each centre, focal loss.

Needs python3-torch (Debian). One busy core does 2000 steps in about 50 minutes.
"""
import argparse
import os
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WINDOW_PX = 49  # of the local mean and spread
FLOOR = 0.01  # of the spread, relative to the mean: flat ground does not become noise
MIDDLE_PX = 11.3  # diameter in the middle of the octave
OFFSET_PX = 8.0
DEEP, SHALLOW = 0.07, 0.03  # depth/diameter: a crater from here on; nothing below; neither between
TAUGHT_PX = (6.7, 19.0)  # diameters that are craters of this level; to IGNORED_PX neither right nor wrong
IGNORED_PX = (5.0, 24.0)
LEAST_CONTRAST = 0.3  # standard deviation of a crater's normalised picture
PATCH_PX = 128


def normalise(image, valid):
    """Less the local mean, by the local spread, of valid pixels; 0 elsewhere. N x 1 x H x W."""
    def local(x):
        for window in ((WINDOW_PX, 1), (1, WINDOW_PX)):  # 20 times as fast as both at once
            x = F.avg_pool2d(x, window, stride=1, padding=[w // 2 for w in window])
        return x

    share = local(valid).clamp(min=1e-6)
    mean = local(image * valid) / share
    variance = (local(image * image * valid) / share - mean * mean).clamp(min=0)
    return valid * (image - mean) / torch.sqrt(variance + (FLOOR * mean) ** 2 + 1e-12)


def block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class CraterNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.at_full = nn.Sequential(block(1, 16), block(16, 16))
        self.at_half = nn.Sequential(block(16, 32), block(32, 32))
        self.at_quarter = nn.Sequential(block(32, 48), block(48, 48))
        self.at_eighth = nn.Sequential(block(48, 64), block(64, 64))
        self.from_eighth = nn.ConvTranspose2d(64, 48, 2, stride=2)
        self.join_quarter = block(96, 48)
        self.from_quarter = nn.ConvTranspose2d(48, 32, 2, stride=2)
        self.join_half = block(64, 32)
        self.head = nn.Conv2d(32, 4, 1)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():
            self.head.bias[0] = -4  # few cells are centres

    def forward(self, x):
        half = self.at_half(F.max_pool2d(self.at_full(x), 2))
        quarter = self.at_quarter(F.max_pool2d(half, 2))
        eighth = self.at_eighth(F.max_pool2d(quarter, 2))
        quarter = self.join_quarter(torch.cat([quarter, self.from_eighth(eighth)], 1))
        half = self.join_half(torch.cat([half, self.from_quarter(quarter)], 1))
        return self.head(half)


def read_pgm(path):
    data = path.read_bytes()
    head = data.split(b"\n", 3)
    width, height = map(int, head[1].split())
    return np.frombuffer(head[3], np.uint8).reshape(height, width).astype(np.float32)


def read_scenes(folder):
    """[(picture, craters: x y D depth wiped_out)], in the order of their seeds."""
    scenes = []
    for table in sorted(folder.glob("*.csv")):
        craters = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2).astype(np.float32)
        for picture in sorted(folder.glob(table.stem + "_*.pgm")):
            scenes.append((read_pgm(picture), craters))
    return scenes


def at_level(scene, level):
    picture, craters = scene
    craters = craters.copy()
    for _ in range(level):
        picture = 0.25 * (picture[::2, ::2] + picture[1::2, ::2] + picture[::2, 1::2] + picture[1::2, 1::2])
    craters[:, :2] = (craters[:, :2] + 0.5) / 2**level - 0.5
    craters[:, 2] /= 2**level
    return picture, craters


def resampled(picture, craters, zoom, rng):
    """A patch of PATCH_PX at a zoom, where it is on the picture, and its craters; mirrored across the Sun's direction
    half of the time."""
    source = PATCH_PX / zoom
    corner = [rng.uniform(-0.1 * source, max(size - 0.9 * source, -0.05 * source)) for size in picture.shape[::-1]]
    steps = (np.arange(PATCH_PX) + 0.5) / zoom  # from edges: pixel x covers x to x + 1
    grid = np.stack(np.meshgrid(corner[0] + steps, corner[1] + steps), -1)
    grid = torch.from_numpy((2 * grid / np.array(picture.shape[::-1]) - 1).astype(np.float32))[None]
    layers = torch.from_numpy(np.stack([picture, np.ones_like(picture)]))[None]
    patch, share = F.grid_sample(layers, grid, padding_mode="zeros", align_corners=False)[0]
    valid = (share > 0.999).float()
    moved = craters.copy()
    for axis in (0, 1):
        moved[:, axis] = (craters[:, axis] + 0.5 - corner[axis]) * zoom - 0.5
    moved[:, 2] *= zoom
    if rng.random() < 0.5:
        patch, valid = patch.flip(0), valid.flip(0)
        moved[:, 1] = PATCH_PX - 1 - moved[:, 1]
    return patch.numpy(), valid.numpy(), moved


def varied(patch, rng):
    """What cameras and films do: a tone curve, blur, noise."""
    patch = np.clip(patch / 255.0, 0, None) ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.5:
        share = rng.uniform(0.0, 0.22)
        for axis in (0, 1):
            patch = (1 - 2 * share) * patch + share * (np.roll(patch, 1, axis) + np.roll(patch, -1, axis))
    return (patch + rng.normal(0, 0.02 * rng.random() ** 2, patch.shape)).astype(np.float32)


def known_craters(craters, rng, label_noise):
    """Those of this level that are on the patch, as (x, y, D, whether it is taught); noisy as labels are."""
    size, depth = craters[:, 2], craters[:, 3]
    here = (size >= IGNORED_PX[0]) & (size <= IGNORED_PX[1]) & (depth >= SHALLOW)
    here &= (np.abs(craters[:, :2] - PATCH_PX / 2) < PATCH_PX / 2 + IGNORED_PX[1]).all(1)
    x, y, size, depth, wiped_out = craters[here].T
    if label_noise:
        normal = rng.normal(size=(4, len(x)))
        x, y, size = x + 0.03 * size * normal[0], y + 0.03 * size * normal[1], size * np.exp(0.05 * normal[2])
        depth = depth + 0.01 * normal[3]
    taught = (size >= TAUGHT_PX[0]) & (size <= TAUGHT_PX[1]) & (depth >= DEEP) & (wiped_out == 0)
    return np.stack([x, y, size, taught], 1)


def targets(image, craters, rng, label_noise):
    """Of each cell: peak, whether it is a centre, whether it counts, the three values, whether they are known. What
    lies in cast shadow, where the normalised image has no contrast, is neither right nor wrong."""
    n = PATCH_PX // 2
    x, y = np.meshgrid(2 * np.arange(n) + 0.5, 2 * np.arange(n) + 0.5)
    peak, centre, counts, dx, dy, size, known = wanted = np.zeros((7, n, n), np.float32)
    counts[:] = 1
    known_here = known_craters(craters, rng, label_noise)
    for cx, cy, d, taught in known_here[known_here[:, 3].argsort(kind="stable")]:  # what is taught overrules
        reach = 0.5 * d + 2
        if not (-reach < cx < PATCH_PX + reach - 1 and -reach < cy < PATCH_PX + reach - 1):
            continue
        rows, cols = (slice(max(0, int((c - reach) / 2)), max(0, int((c + reach) / 2) + 1)) for c in (cy, cx))
        across, down = cx - x[rows, cols], cy - y[rows, cols]
        square = across**2 + down**2
        taught = taught and image[2 * rows.start:2 * rows.stop, 2 * cols.start:2 * cols.stop].std() > LEAST_CONTRAST
        if not taught:
            counts[rows, cols][square < (0.3 * d) ** 2] = 0
            continue
        peak[rows, cols] = np.maximum(peak[rows, cols], np.exp(-square / (2 * (0.1 * d) ** 2)))
        near = square < max(1.5, 0.15 * d) ** 2
        dx[rows, cols][near], dy[rows, cols][near] = across[near] / OFFSET_PX, down[near] / OFFSET_PX
        size[rows, cols][near] = np.log2(d / MIDDLE_PX)
        known[rows, cols][near] = 1
        col, row = round((cx - 0.5) / 2), round((cy - 0.5) / 2)
        if 0 <= col < n and 0 <= row < n:
            centre[row, col] = counts[row, col] = 1
    return wanted


def batch_of(scenes, size, rng, label_noise=True):
    patches, valid, moved = [], [], []
    for _ in range(size):
        level = rng.choice(3, p=(0.5, 0.3, 0.2))
        picture, craters = at_level(scenes[rng.integers(len(scenes))], level)
        patch, seen, there = resampled(picture, craters, np.exp(rng.uniform(-0.25, 0.25)), rng)
        patches.append(varied(patch, rng))
        valid.append(seen)
        moved.append(there)
    images = normalise(*(torch.from_numpy(np.stack(layer))[:, None] for layer in (patches, valid)))
    wanted = [targets(image[0].numpy(), craters, rng, label_noise) for image, craters in zip(images, moved)]
    return images, torch.from_numpy(np.stack(wanted))


def loss_of(output, wanted):
    peak, centre, counts, values, known = wanted[:, 0], wanted[:, 1], wanted[:, 2], wanted[:, 3:6], wanted[:, 6]
    logit = output[:, 0]
    p = torch.sigmoid(logit)
    right = centre * (1 - p) ** 2 * F.logsigmoid(logit)
    wrong = (1 - centre) * counts * (1 - peak) ** 4 * p**2 * F.logsigmoid(-logit)
    peaks = -(right + wrong).sum() / centre.sum().clamp(min=1)
    places = (F.smooth_l1_loss(output[:, 1:], values, reduction="none", beta=0.05).sum(1) * known).sum()
    return peaks + 2 * places / known.sum().clamp(min=1)


def peaks_of(output, least):
    """[(image, x, y, D, logit)] of local maxima."""
    logit = output[:, :1]
    top = (logit == F.max_pool2d(logit, 3, 1, 1)) & (logit > least)
    image, _, row, col = torch.nonzero(top, as_tuple=True)
    at = output[image, :, row, col]
    return torch.stack([image.float(), 2 * col + 0.5 + OFFSET_PX * at[:, 1], 2 * row + 0.5 + OFFSET_PX * at[:, 2],
                        MIDDLE_PX * 2 ** at[:, 3], at[:, 0]], 1)


def validate(network, scenes):
    """Recall and precision of centres (within 0.25 D, and a factor of 1.4) at the best F1, and its logit."""
    rng = np.random.default_rng(7)
    network.eval()
    found, there = [], 0
    with torch.no_grad():
        for _ in range(8):
            image, wanted = batch_of(scenes, 16, rng, label_noise=False)
            output = network(image)
            for n in range(16):
                rows, cols = torch.nonzero(wanted[n, 1], as_tuple=True)
                d = MIDDLE_PX * 2 ** wanted[n, 5, rows, cols]
                x, y = 2 * cols + 0.5 + OFFSET_PX * wanted[n, 3, rows, cols], 2 * rows + 0.5 + OFFSET_PX * wanted[n, 4, rows, cols]
                there += len(rows)
                free = torch.ones(len(rows), dtype=torch.bool)
                candidates = peaks_of(output[n:n + 1], -3)
                for _, px, py, pd, logit in candidates[candidates[:, 4].argsort(descending=True)]:
                    match = free & (torch.hypot(x - px, y - py) < 0.25 * d) & ((d / pd).log2().abs() < 0.485)
                    hit = torch.nonzero(match)
                    if len(hit):
                        free[hit[0]] = False
                        found.append((float(logit), 1))
                    else:
                        col, row = int(((px - 0.5) / 2).clamp(0, 63)), int(((py - 0.5) / 2).clamp(0, 63))
                        if wanted[n, 2, row, col] > 0:
                            found.append((float(logit), 0))
    network.train()
    found.sort(reverse=True)
    best, right = (0, 0, 0, 0), 0
    for count, (logit, hit) in enumerate(found, 1):
        right += hit
        f1 = 2 * right / (count + there)
        best = max(best, (f1, right / count, right / max(there, 1), logit))
    return "F1 %.3f precision %.3f recall %.3f from logit %.2f of %d" % (*best, there)


def train(scenes, steps, batch):
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    held_out = max(4, len(scenes) // 10)
    taught, kept = scenes[:-held_out], scenes[-held_out:]
    network = CraterNetwork()
    print("%d pictures, %d of them held out; %d parameters" % (
        len(scenes), held_out, sum(p.numel() for p in network.parameters())), flush=True)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    start, mean = time.time(), 0.0
    for step in range(1, steps + 1):
        image, wanted = batch_of(taught, batch, rng)
        loss = loss_of(network(image), wanted)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimizer.step()
        schedule.step()
        mean += float(loss)
        if step % 50 == 0:
            print("step %d/%d loss %.3f, %.0f s" % (step, steps, mean / 50, time.time() - start), flush=True)
            mean = 0.0
        if step % 250 == 0 or step == steps:
            print("  held out: " + validate(network, kept), flush=True)
    return network


def export(network, path):
    network.eval()
    part = path.with_name("." + path.name + ".part")
    torch.onnx.export(network, torch.zeros(1, 1, 64, 64), str(part), opset_version=11, input_names=["image"],
                      output_names=["cells"], dynamic_axes={"image": {2: "h", 3: "w"}, "cells": {2: "h2", 3: "w2"}})
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=pathlib.Path, help="folder that crater_scenes wrote")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help="ONNX file")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="fewer where others compute: they wait for each other")
    parser.add_argument("--batch", type=int, default=16, help="patches a step")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    export(train(read_scenes(arguments.scenes), arguments.steps, arguments.batch), arguments.output)


if __name__ == "__main__":
    main()
