#!/usr/bin/env python3
"""tools/replay/apollo_folder.py DATA OUT: two frames of Apollo 15's metric camera as somebody else would have them.

DATA holds AS15-M-0297 and -0298 with their .shot.json (data/apollo15_metric). OUT gets images/, times.csv (UTC), camera.yaml
(cv::FileStorage), initial_pose.json (the first shot's prior, and the velocity between the two) and attitude.csv (moon_from_cam).
"""

import json
import math
import shutil
import sys
from pathlib import Path

FRAMES = ("AS15-M-0297", "AS15-M-0298")


def seconds(utc):
    """Seconds of the day; both frames are of one day."""
    hours, minutes, rest = utc.split("T")[1].split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


def quaternion(m):
    """w, x, y, z of a rotation matrix, by its largest component (Shepperd 1978)."""
    trace = m[0][0] + m[1][1] + m[2][2]
    squares = [trace, m[0][0], m[1][1], m[2][2]]
    k = squares.index(max(squares))
    if k == 0:
        q = [1 + trace, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]]
    else:
        a, b, c = k - 1, k % 3, (k + 1) % 3
        q = [0.0] * 4
        q[0] = m[c][b] - m[b][c]
        q[1 + a] = 1 + m[a][a] - m[b][b] - m[c][c]
        q[1 + b] = m[b][a] + m[a][b]
        q[1 + c] = m[c][a] + m[a][c]
    length = math.sqrt(sum(x * x for x in q))
    return [x / length for x in q]


def matrix_yaml(name, rows, cols, numbers):
    return (f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {cols}\n   dt: d\n"
            f"   data: [ {', '.join(repr(float(x)) for x in numbers)} ]\n")


def camera_yaml(camera):
    k = [camera["fx_px"], 0, camera["cx_px"], 0, camera["fy_px"], camera["cy_px"], 0, 0, 1]
    return ("%YAML:1.0\n---\n"
            f"image_width: {camera['width_px']}\nimage_height: {camera['height_px']}\n"
            + matrix_yaml("camera_matrix", 3, 3, k)
            + matrix_yaml("distortion_coefficients", 5, 1, camera["distortion_opencv_k1_k2_p1_p2_k3"]))


def initial_pose(shots):
    first, second = (shot["prior"] for shot in shots)
    elapsed_s = seconds(shots[1]["time_utc"]) - seconds(shots[0]["time_utc"])
    places = first["camera_position_in_moon_m"], second["camera_position_in_moon_m"]
    chord_mps = [(b - a) / elapsed_s for a, b in zip(*places)]
    return {
        "time_utc": shots[0]["time_utc"],
        "cam_from_moon_rotation": first["cam_from_moon_rotation"],
        "camera_position_in_moon_m": places[0],
        "position_sigma_m": first["position_sigma_m"],
        "attitude_sigma_deg": first["attitude_sigma_deg"],
        "velocity_in_moon_mps": chord_mps,
        # Both places err, and the chord is not the tangent: half of 1.4 m/s2 over the time between.
        "velocity_sigma_mps": math.hypot(math.sqrt(2) * first["position_sigma_m"] / elapsed_s, 0.7 * elapsed_s),
    }


def attitude_csv(shots):
    lines = ["time_utc,q_w,q_x,q_y,q_z,sigma [rad]"]
    for shot in shots:
        moon_from_cam = [list(row) for row in zip(*shot["prior"]["cam_from_moon_rotation"])]
        sigma_rad = math.radians(shot["prior"]["attitude_sigma_deg"])
        numbers = ",".join(repr(x) for x in quaternion(moon_from_cam) + [sigma_rad])
        lines.append(f"{shot['time_utc']},{numbers}")
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    shots = [json.loads((data / f"{name}.shot.json").read_text()) for name in FRAMES]
    (out / "images").mkdir(parents=True, exist_ok=True)
    times = ["time_utc,filename"]
    for shot in shots:
        shutil.copyfile(data / shot["image"], out / "images" / shot["image"])
        times.append(f"{shot['time_utc']},{shot['image']}")
    (out / "times.csv").write_text("\n".join(times) + "\n")
    (out / "camera.yaml").write_text(camera_yaml(shots[0]["camera"]))
    (out / "initial_pose.json").write_text(json.dumps(initial_pose(shots), indent=2) + "\n")
    (out / "attitude.csv").write_text(attitude_csv(shots))


if __name__ == "__main__":
    main()
