#!/usr/bin/env python3
"""tools/replay/euroc_folder.py OUT: a small flight over lunar ground, written without Perilune in the EuRoC layout.

OUT gets mav0/cam0, mav0/imu0 and mav0/state_groundtruth_estimate0 (R: Moon-fixed axes, metres), initial_pose.json, and a map of
the ground, map.asc, three times coarser than what the pictures show. The ground, the pictures (Lambert's law, no shadows) and
the inertial samples are computed here with Python's own library alone.
"""

import json
import math
import random
import struct
import sys
import zlib
from pathlib import Path

RADIUS_M = 1737400.0
GM_M3PS2 = 4.902800066e12
ROTATION_RADPS = 2.6616995e-6
LATITUDE_DEG, LONGITUDE_DEG = 10.0, 20.0
SUB_SOLAR_DEG = (0.0, -30.0)  # the Sun about 40 degrees up in the west

TRUTH_M, CELLS, COARSER = 15.0, 480, 3  # spacing and side of the ground's grid; the map's cells hold 3 x 3 of them
SIZE_PX, FOCAL_PX = 160, 140.0
IMAGES, RATE_HZ, IMU_HZ = 6, 0.5, 200
START_NS = 1403636579763555584
START_M, VELOCITY_MPS = (-500.0, 100.0, 2900.0), (40.0, -10.0, -15.0)  # east, north, up of the place above
WRONG_BY_M, SIGMA_M = (120.0, -90.0, 40.0), 150.0


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def direction(latitude_deg, longitude_deg):
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    return [math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)]


UP = direction(LATITUDE_DEG, LONGITUDE_DEG)
EAST = [-math.sin(math.radians(LONGITUDE_DEG)), math.cos(math.radians(LONGITUDE_DEG)), 0.0]
NORTH = cross(UP, EAST)
STEP_DEG = math.degrees(TRUTH_M / RADIUS_M)
WEST_DEG = LONGITUDE_DEG - STEP_DEG * CELLS / 2 / math.cos(math.radians(LATITUDE_DEG))
STEP_LON_DEG = STEP_DEG / math.cos(math.radians(LATITUDE_DEG))
NORTH_DEG = LATITUDE_DEG + STEP_DEG * CELLS / 2


def in_moon(place_m):
    """Moon-fixed coordinates of east, north, up."""
    return [RADIUS_M * UP[i] + place_m[0] * EAST[i] + place_m[1] * NORTH[i] + place_m[2] * UP[i] for i in range(3)]


def make_ground(draw):
    """Heights of craters on hills, row 0 in the north."""
    heights = [[25 * math.sin(0.021 * col + 0.4) * math.cos(0.017 * row) + 12 * math.sin(0.05 * row + 0.03 * col)
                for col in range(CELLS)] for row in range(CELLS)]
    for _ in range(420):
        radius = min(40.0, 3.0 * draw.random() ** -0.6)  # cells: small ones are the most
        x, y, reach = draw.uniform(0, CELLS), draw.uniform(0, CELLS), 2 * radius
        depth_m = 0.3 * radius * TRUTH_M * draw.uniform(0.3, 0.7)
        for row in range(max(0, int(y - reach)), min(CELLS, int(y + reach) + 1)):
            for col in range(max(0, int(x - reach)), min(CELLS, int(x + reach) + 1)):
                r = math.hypot(col - x, row - y) / radius
                if r < 1:
                    heights[row][col] += depth_m * (1.2 * r * r - 1)
                elif r < 2:
                    heights[row][col] += 0.2 * depth_m * (2 - r) ** 3
    return heights


def ground_at(heights, point):
    """Grid place of a point in the Moon's frame and the height there (bilinear)."""
    r = math.sqrt(dot(point, point))
    row = (NORTH_DEG - math.degrees(math.asin(point[2] / r))) / STEP_DEG - 0.5
    col = (math.degrees(math.atan2(point[1], point[0])) - WEST_DEG) / STEP_LON_DEG - 0.5
    i, j = min(max(int(row), 0), CELLS - 2), min(max(int(col), 0), CELLS - 2)
    a, b = row - i, col - j
    north = heights[i][j] * (1 - b) + heights[i][j + 1] * b
    south = heights[i + 1][j] * (1 - b) + heights[i + 1][j + 1] * b
    return r - RADIUS_M, i, j, north * (1 - a) + south * a


def brightness(heights, i, j, sun):
    """Lambert's law with the slopes of a cell; the Sun in east, north, up."""
    east = (heights[i][j + 1] - heights[i][j]) / TRUTH_M
    north = (heights[i][j] - heights[i + 1][j]) / TRUTH_M
    return max(0.0, (-east * sun[0] - north * sun[1] + sun[2]) / math.sqrt(1 + east * east + north * north))


def picture(heights, place_m, sun, draw):
    """Rows of bytes of a nadir view: right is east, down is south."""
    eye, rows = in_moon(place_m), []
    for v in range(SIZE_PX):
        row = bytearray()
        for u in range(SIZE_PX):
            x, y = (u - (SIZE_PX - 1) / 2) / FOCAL_PX, (v - (SIZE_PX - 1) / 2) / FOCAL_PX
            ray = [x * EAST[k] - y * NORTH[k] - UP[k] for k in range(3)]
            along = place_m[2]
            for _ in range(3):  # the ray is steep: what is left over above the ground is the next step
                height, i, j, ground = ground_at(heights, [eye[k] + along * ray[k] for k in range(3)])
                along += height - ground
            row.append(min(255, int(150 * brightness(heights, i, j, sun) + draw.gauss(0, 1.5) + 20)))
        rows.append(bytes(row))
    return rows


def write_png(path, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def write_map(out, heights):
    """Means of COARSER x COARSER cells as an ESRI grid in degrees; its cells are as high as they are wide in degrees, so that
    those of the ground are resampled in longitude."""
    side, step_deg = CELLS // COARSER, COARSER * STEP_DEG
    columns = int(side / math.cos(math.radians(LATITUDE_DEG)))
    lines = [f"ncols {columns}", f"nrows {side}", f"xllcorner {WEST_DEG!r}", f"yllcorner {NORTH_DEG - side * step_deg!r}",
             f"cellsize {step_deg!r}", "NODATA_value -99999"]
    for row in range(side):
        values = []
        for col in range(columns):
            centre = (col + 0.5) * step_deg / STEP_LON_DEG - 0.5
            cells = [min(max(int(round(centre)) + k, 0), CELLS - 1) for k in (-1, 0, 1)]
            values.append(sum(heights[COARSER * row + k][c] for k in range(COARSER) for c in cells) / (3 * COARSER))
        lines.append(" ".join(f"{value:.3f}" for value in values))
    (out / "map.asc").write_text("\n".join(lines) + "\n")
    (out / "map.prj").write_text('GEOGCS["Moon 2000",DATUM["D_Moon_2000",SPHEROID["Moon_2000_IAU_IAG",1737400.0,0.0]],'
                                 'PRIMEM["Reference_Meridian",0.0],UNIT["Degree",0.0174532925199433]]\n')


def sensor_yaml(kind, pose, rest):
    return (f"sensor_type: {kind}\ncomment: written by euroc_folder.py\nT_BS:\n  cols: 4\n  rows: 4\n"
            f"  data: [{', '.join(repr(float(x)) for x in pose)}]\n{rest}")


# Body: x east, y north, z up. The camera looks down from half a metre below.
CAMERA = (1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, -0.5, 0, 0, 0, 1)
IDENTITY = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)


def place_at(t_s):
    return [p + v * t_s for p, v in zip(START_M, VELOCITY_MPS)]


def write_camera(out, heights, draw):
    folder = out / "mav0" / "cam0"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "sensor.yaml").write_text(sensor_yaml(
        "camera", CAMERA, f"rate_hz: {RATE_HZ}\nresolution: [{SIZE_PX}, {SIZE_PX}]\ncamera_model: pinhole\n"
        f"intrinsics: [{FOCAL_PX}, {FOCAL_PX}, {(SIZE_PX - 1) / 2}, {(SIZE_PX - 1) / 2}]\n"
        "distortion_model: radial-tangential\ndistortion_coefficients: [0.0, 0.0, 0.0, 0.0]\n"))
    sun = [dot(direction(*SUB_SOLAR_DEG), axis) for axis in (EAST, NORTH, UP)]
    lines = ["#timestamp [ns],filename"]
    truth = ["#timestamp,p_RS_R_x [m],p_RS_R_y [m],p_RS_R_z [m]"]
    for k in range(IMAGES):
        t_s = k / RATE_HZ
        t_ns, place = START_NS + int(t_s * 1e9), place_at(t_s)
        write_png(folder / "data" / f"{t_ns}.png", picture(heights, [place[0], place[1], place[2] - 0.5], sun, draw))
        lines.append(f"{t_ns},{t_ns}.png")
        truth.append(f"{t_ns}," + ",".join(repr(x) for x in in_moon(place)))
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    (out / "mav0" / "state_groundtruth_estimate0").mkdir(exist_ok=True)
    (out / "mav0" / "state_groundtruth_estimate0" / "data.csv").write_text("\n".join(truth) + "\n")


def write_imu(out, draw):
    """Constant velocity and attitude in Moon-fixed axes: the unit feels gravity and the Moon's rotation."""
    folder = out / "mav0" / "imu0"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("sensor.yaml").write_text(sensor_yaml(
        "imu", IDENTITY, f"rate_hz: {IMU_HZ}\ngyroscope_noise_density: 1.7e-04\ngyroscope_random_walk: 1.9393e-05\n"
        "accelerometer_noise_density: 2.0e-3\naccelerometer_random_walk: 3.0e-3\n"))
    rotation = [0.0, 0.0, ROTATION_RADPS]
    velocity = [sum(VELOCITY_MPS[k] * axis[i] for k, axis in enumerate((EAST, NORTH, UP))) for i in range(3)]
    gyro = [dot(rotation, axis) for axis in (EAST, NORTH, UP)]
    lines = ["#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
             "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]"]
    spread = math.sqrt(IMU_HZ)
    for k in range(int(IMU_HZ * (IMAGES - 1) / RATE_HZ) + 1):
        t_s = k / IMU_HZ
        p = in_moon(place_at(t_s))
        r = math.sqrt(dot(p, p))
        coriolis, inward = cross(rotation, velocity), cross(rotation, cross(rotation, p))
        force = [GM_M3PS2 * p[i] / r**3 + 2 * coriolis[i] + inward[i] for i in range(3)]
        felt = [dot(force, axis) + draw.gauss(0, 2.0e-3 * spread) for axis in (EAST, NORTH, UP)]
        turn = [g + draw.gauss(0, 1.7e-4 * spread) for g in gyro]
        lines.append(f"{START_NS + int(t_s * 1e9)}," + ",".join(repr(x) for x in turn + felt))
    (folder / "data.csv").write_text("\n".join(lines) + "\n")


def write_initial_pose(out):
    place = [a + b for a, b in zip(place_at(0), WRONG_BY_M)]
    velocity = [sum(VELOCITY_MPS[k] * axis[i] for k, axis in enumerate((EAST, NORTH, UP))) for i in range(3)]
    (out / "initial_pose.json").write_text(json.dumps({
        "cam_from_moon_rotation": [EAST, [-x for x in NORTH], [-x for x in UP]],
        "camera_position_in_moon_m": in_moon(place),
        "position_sigma_m": SIGMA_M, "attitude_sigma_deg": 0.3,
        "velocity_in_moon_mps": velocity, "velocity_sigma_mps": 3.0}, indent=2) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out, draw = Path(sys.argv[1]), random.Random(1)
    (out / "mav0").mkdir(parents=True, exist_ok=True)
    heights = make_ground(draw)
    write_map(out, heights)
    write_camera(out, heights, draw)
    write_imu(out, draw)
    write_initial_pose(out)


if __name__ == "__main__":
    main()
