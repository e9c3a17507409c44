"""The images that local AWS can run: the built-in XGBoost ones, in the registries that AWS publishes."""

import re

from localaws.sagemaker.errors import invalid
from localaws.xgboost_container.version import Version


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


# image_uri_config/xgboost.json of the sagemaker SDK: the registry's account by region, equal for all versions.
_CURRENT = _table("""
us-east-1 683313688378 us-east-2 257758044811 us-west-1 746614075791 us-west-2 246618743249 ca-central-1 341280168497
ca-west-1 190319476487 eu-west-1 141502667606 eu-west-2 764974769150 eu-west-3 659782779980 eu-central-1 492215442770
eu-central-2 680994064768 eu-north-1 662702820516 eu-south-1 978288397137 eu-south-2 104374241257
ap-northeast-1 354813040037 ap-northeast-2 366743142698 ap-northeast-3 867004704886 ap-south-1 720646828776
ap-south-2 628508329040 ap-southeast-1 121021644041 ap-southeast-2 783357654285 ap-southeast-3 951798379941
ap-southeast-4 106583098589 ap-east-1 651117190479 sa-east-1 737474898029 me-south-1 801668240914
me-central-1 272398656194 il-central-1 898809789911 af-south-1 510948584623 cn-north-1 450853457545
cn-northwest-1 451049120500 us-gov-east-1 237065988967 us-gov-west-1 414596584902
""")
# The same file, version "1": the repository of XGBoost 0.72.
_FIRST = _table("""
us-east-1 811284229777 us-east-2 825641698319 us-west-1 632365934929 us-west-2 433757028032 ca-central-1 469771592824
eu-west-1 685385470294 eu-west-2 644912444149 eu-west-3 749696950732 eu-central-1 813361260812
eu-central-2 680994064768 eu-north-1 669576153137 eu-south-1 257386234256 eu-south-2 104374241257
ap-northeast-1 501404015308 ap-northeast-2 306986355934 ap-northeast-3 867004704886 ap-south-1 991648021394
ap-south-2 628508329040 ap-southeast-1 475088953585 ap-southeast-2 544295431143 ap-southeast-3 951798379941
ap-southeast-4 106583098589 ap-east-1 286214385809 sa-east-1 855470959533 me-south-1 249704162688
me-central-1 272398656194 af-south-1 455444449433 cn-north-1 390948362332 cn-northwest-1 387376663083
us-gov-east-1 237065988967 us-gov-west-1 226302683700
""")
_CURRENT_VERSIONS = ["0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"]
_TAGS = {
    "sagemaker-xgboost": {f"{name}{end}": name for name in _CURRENT_VERSIONS for end in ("", "-cpu-py3")},
    "xgboost": {"1": "0.72", "latest": "0.72"},
}
_REGISTRIES = {"sagemaker-xgboost": _CURRENT, "xgboost": _FIRST}
_URI = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+):(.+)")


def version_of(image: str, region: str) -> Version:
    """Return the version that an image URI names; raise ValidationException for an image that cannot run here."""
    match = _URI.fullmatch(image)
    account, of_region, repository, tag = match.groups() if match else ("", "", "", "")
    version = _TAGS.get(repository, {}).get(tag)
    if version and of_region == region and _REGISTRIES[repository].get(region) == account:
        return Version(version)
    known = " and ".join(
        f"{registry[region]}.dkr.ecr.{region}.amazonaws.com/{name} ({', '.join(_TAGS[name])})"
        for name, registry in _REGISTRIES.items()
        if region in registry
    )
    raise invalid(f"Requested image {image} not found. In {region} local AWS runs the built-in XGBoost alone: {known}.")
