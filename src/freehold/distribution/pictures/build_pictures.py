"""Make the demonstration's pictures from their originals:

    python -m freehold.distribution.pictures.build_pictures ORIGINALS PICTURES INDEX.json

PICTURES is a folder of the static files; INDEX lists what was made, for the loader.
"""

import json
from pathlib import Path

import click
from PIL import Image, ImageFilter, ImageOps

from freehold.distribution.pictures.recipes import WIDTHS, Grade, Recipe, all_recipes

_QUALITY = {400: 78, 800: 78, 1600: 74}
_SHARPEN_RADIUS = 2.2


def grade_image(image: Image.Image, grade: Grade) -> Image.Image:
    """The image with the grade's colours."""
    if grade.hue or grade.saturation != 1.0:
        hue, saturation, value = image.convert("HSV").split()
        turn = round(grade.hue * 256 / 360)
        hue = hue.point([(level + turn) % 256 for level in range(256)])
        saturation = saturation.point([min(255, round(level * grade.saturation)) for level in range(256)])
        image = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    if grade.channels != (1.0, 1.0, 1.0):
        bands = zip(image.split(), grade.channels, strict=True)
        image = Image.merge(
            "RGB", [band.point([min(255, round(level * factor)) for level in range(256)]) for band, factor in bands]
        )
    if grade.gamma != 1.0:
        curve = [round(255 * (level / 255) ** grade.gamma) for level in range(256)]
        image = image.point(curve * 3)
    if grade.stretch:
        image = ImageOps.autocontrast(image, cutoff=0.3)
    return image


def renditions_of(width: int) -> tuple[int, ...]:
    """The widths made from a cut-out: never wider than it is, and always at least one."""
    return tuple(size for size in WIDTHS if size <= width) or (width,)


def build_picture(recipe: Recipe, originals: Path, target: Path) -> dict[str, object]:
    """Write one picture's renditions and return its index entry; paths are relative to the static files."""
    with Image.open(originals / recipe.original) as original:
        image = original.convert("RGB").crop(recipe.box)
    image = grade_image(image, recipe.grade)
    if recipe.mirrored:
        image = ImageOps.mirror(image)
    sizes: dict[str, str] = {}
    height = 0
    for width in renditions_of(image.width):
        height = round(image.height * width / image.width)
        rendition = image.resize((width, height), Image.Resampling.LANCZOS)
        if recipe.grade.sharpen:
            rendition = rendition.filter(ImageFilter.UnsharpMask(_SHARPEN_RADIUS, recipe.grade.sharpen, 1))
        name = f"{recipe.key}-{width}.webp"
        rendition.save(target / name, "WEBP", quality=_QUALITY[width], method=6)
        sizes[str(width)] = f"{target.name}/{name}"
    widest = max(sizes, key=int)
    return {
        "key": recipe.key,
        "path": sizes[widest],
        "width": int(widest),
        "height": height,
        "renditions": sizes,
        "room": recipe.room,
        "look": recipe.look,
        "alt": recipe.alt,
        "is_lead": recipe.is_lead,
        "original": recipe.original,
    }


@click.command()
@click.argument("originals", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("pictures", type=click.Path(file_okay=False, path_type=Path))
@click.argument("index", type=click.Path(dir_okay=False, path_type=Path))
def main(originals: Path, pictures: Path, index: Path) -> None:
    """Make every picture of the set."""
    pictures.mkdir(parents=True, exist_ok=True)
    entries = [build_picture(recipe, originals, pictures) for recipe in all_recipes()]
    index.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in pictures.glob("*.webp"))
    click.echo(f"{len(entries)} pictures, {size / 1e6:.2f} MB.")


if __name__ == "__main__":
    main()
