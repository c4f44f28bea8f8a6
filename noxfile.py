"""The checks of this repository; the README and CI call them from here.

`uv run nox` runs what a change has to pass, on the interpreter that runs nox. `uv run nox -l` lists the rest. Code is
tested as strangers get it: installed from built wheels, in environments of its own, never from the checkout.
"""

import os
import re
import shutil
import sys
import tarfile
from functools import cache
from pathlib import Path

import nox

ROOT = Path(__file__).parent
CONSTRAINTS = "constraints.txt"
CORE = "executus-core"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = sorted({"3.11", "3.12", "3.13", HERE}, key=lambda version: int(version.split(".")[1]))

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False  # `.ci/run` says which versions it could not test
nox.options.download_python = "never"  # a network that has only packages answers by a long time-out
nox.options.sessions = ["lint", "types", "floors", f"core-{HERE}", f"plugins-{HERE}", f"together-{HERE}"]
if (ROOT / "docs").is_dir():
    nox.options.sessions.append("docs")


def offer_pyenv() -> None:
    """Let every Python that pyenv has be found, not only the one it has switched on."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    if "PYENV_VERSION" in os.environ or not versions.is_dir():
        return
    found = [path.name for path in versions.iterdir() if re.fullmatch(r"3\.\d+\.\d+", path.name)]
    found = [name for name in found if ".".join(name.split(".")[:2]) in PYTHONS]
    # the running version first: it stays what a plain `python3` means
    found.sort(key=lambda name: (not name.startswith(f"{HERE}."), [int(part) for part in name.split(".")]))
    if found:
        os.environ["PYENV_ROOT"] = str(versions.parent)
        os.environ["PYENV_VERSION"] = ":".join(found)


offer_pyenv()


# ---------------------------------------------------------------------------------------------------- building


def module_of(distribution: str) -> str:
    """Name the package that a distribution of this workspace installs."""
    return distribution.replace("-", "_")


def distribution_of(plugin: Path) -> str:
    """Name the distribution in a plugin's folder."""
    return plugin.name if plugin.name.startswith("scad-") else f"executus-{plugin.name}"


@cache
def fresh_dist() -> Path:
    """Give an empty folder for this call of nox, where every session finds the same wheels."""
    dist = ROOT / ".nox" / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    return dist


def build(session: nox.Session) -> Path:
    """Build every distribution of the workspace, an sdist and from it a wheel, once for each call of nox."""
    dist = fresh_dist()
    if not any(dist.iterdir()):
        session.run(
            "uv", "build", "--quiet", "--all-packages", "--build-constraint", CONSTRAINTS, "--out-dir", str(dist), external=True
        )  # fmt: skip
    return dist


def wheel(session: nox.Session, distribution: str, extra: str = "") -> str:
    """Give the requirement for a built wheel."""
    (path,) = build(session).glob(f"{module_of(distribution)}-*.whl")
    return f"{distribution}{extra} @ {path.as_uri()}"


def install(session: nox.Session, *requirements: str, constraints: str = CONSTRAINTS) -> None:
    """Install under the pins; what this workspace built is always taken anew."""
    own = [f"--reinstall-package={name}" for name in (CORE, *map(distribution_of, PLUGINS))]
    session.install("--quiet", "--constraint", constraints, *own, *requirements)


def test(session: nox.Session, *arguments: str, coverage: bool = False) -> None:
    """Run pytest over the installed packages."""
    env = {
        "PYTHONSAFEPATH": "1",  # or the checkout would be imported
        "EXECUTUS_TEST_INSTALLED": "1",  # tests/meta: the installed copy, or fail
    }
    runner = ["coverage", "run", "-m", "pytest"] if coverage else ["pytest"]
    session.run(*runner, "-c", "pyproject.toml", "--rootdir", ".", *arguments, *session.posargs, env=env)


# ----------------------------------------------------------------------------------------------- reading the source


@nox.session
def lint(session: nox.Session) -> None:
    """Style, spelling, and dependencies that are declared and used."""
    install(session, "--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("deptry", "executus_core")
    for plugin in PLUGINS:
        with session.chdir(plugin):
            session.run("deptry", "src")


@nox.session
def types(session: nox.Session) -> None:
    """Types, by two checkers, and the completeness of the public ones."""
    plugins = [wheel(session, distribution_of(plugin)) for plugin in PLUGINS]
    install(session, "--group", "types", wheel(session, CORE, "[testing]"), *plugins)
    sources = ["executus_core", *(str(plugin.relative_to(ROOT) / "src") for plugin in PLUGINS)]
    cases = [str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "typing",) if path.is_dir()]
    session.run("mypy", *sources, *cases)
    session.run("pyright", "--warnings")
    for distribution in (CORE, *map(distribution_of, PLUGINS)):
        session.run("pyright", "--ignoreexternal", "--verifytypes", module_of(distribution))


@nox.session
def floors(session: nox.Session) -> None:
    """Imports only go down, and nobody reaches inside a stranger."""
    install(session, "--group", "floors")
    path = os.pathsep.join(str(plugin / "src") for plugin in PLUGINS)
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": path})


# ------------------------------------------------------------------------------------------- tests, from built wheels


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """Core alone: no plugin is installed, and core doesn't pretend to be one."""
    install(session, "--group", "coverage", wheel(session, CORE, "[testing]"))
    session.run(
        "python", "-c",
        "from importlib.metadata import entry_points as of; found = of(group='executus.v1'); assert not found, found",
    )  # fmt: skip
    measured = session.python == HERE
    if measured:
        session.run("coverage", "erase")
    test(session, "-m", "not batteries", coverage=measured)
    if measured and not session.posargs:
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report")


@nox.session(python=PYTHONS)
def plugins(session: nox.Session) -> None:
    """Each plugin alone with core, so that what it forgot to declare is missed."""
    for plugin in PLUGINS:
        session.log("plugin %s alone", plugin.name)
        for other in PLUGINS:
            if other != plugin:
                session.run("uv", "pip", "uninstall", "--quiet", distribution_of(other), external=True)
        install(session, wheel(session, CORE, "[testing]"), wheel(session, distribution_of(plugin)))
        test(session, str(plugin.relative_to(ROOT) / "tests"))


@nox.session(python=PYTHONS)
def together(session: nox.Session) -> None:
    """Everything in one environment, where plugins meet."""
    install(session, wheel(session, CORE, "[testing]"), *(wheel(session, distribution_of(plugin)) for plugin in PLUGINS))
    test(session, "tests", *(str(plugin.relative_to(ROOT) / "tests") for plugin in PLUGINS))


@nox.session
def docs(session: nox.Session) -> None:
    """Run every code block of the documentation."""
    install(session, wheel(session, CORE, "[testing]"), *(wheel(session, distribution_of(plugin)) for plugin in PLUGINS))
    test(session, "tests/docs")


# ------------------------------------------------------------------------------------------------------------- slow


@nox.session
def lowest(session: nox.Session) -> None:
    """Test with the lowest version of everything that a pyproject.toml declares."""
    pins = Path(session.create_tmp()) / "lowest.txt"
    compile_pins(session, pins, "--resolution", "lowest-direct", "--extra", "testing")
    wheels = (wheel(session, distribution_of(plugin)) for plugin in PLUGINS)
    install(session, wheel(session, CORE, "[testing]"), *wheels, constraints=str(pins))
    test(session, "tests", *(str(plugin.relative_to(ROOT) / "tests") for plugin in PLUGINS))


@nox.session(name="build")
def build_(session: nox.Session) -> None:
    """Build what a release uploads, and look into it."""
    install(session, "--group", "build")
    dist = build(session)
    session.run("twine", "check", "--strict", *map(str, sorted(dist.glob("*.*"))))
    session.run("check-wheel-contents", "--ignore", "W002", *map(str, sorted(dist.glob("*.whl"))))
    may_hold = {CORE: {"executus_core", "tests", "README.md", "LICENSE"}}
    for distribution in (CORE, *map(distribution_of, PLUGINS)):
        (sdist,) = dist.glob(f"{module_of(distribution)}-*.tar.gz")
        with tarfile.open(sdist) as archive:
            held = {name.split("/")[1] for name in archive.getnames()}
        allowed = may_hold.get(distribution, {"src", "tests", "README.md", "LICENSE"})
        allowed |= {"pyproject.toml", "PKG-INFO", ".gitignore"}  # what hatchling always adds
        if strangers := held - allowed:
            session.error(f"{sdist.name} holds what it should not: {', '.join(sorted(strangers))}")
        if missing := {"LICENSE", "README.md"} - held:
            session.error(f"{sdist.name} lacks {', '.join(sorted(missing))}")
        session.log("%s holds %s", sdist.name, ", ".join(sorted(held)))


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures, each as a ratio to a bare loop in the same run; arguments go to the benchmarks."""
    install(session, wheel(session, CORE, "[testing]"), *(wheel(session, distribution_of(plugin)) for plugin in PLUGINS))
    # away from the checkout: the installed copy is measured
    away = Path(session.create_tmp()).resolve()
    shutil.rmtree(away / "benchmarks", ignore_errors=True)
    shutil.copytree(ROOT / "benchmarks", away / "benchmarks")
    session.chdir(away)
    session.run("python", "-m", "benchmarks", *session.posargs)


# ------------------------------------------------------------------------------------------------------- by hand only


def compile_pins(session: nox.Session, output: Path, *options: str) -> None:
    """Write the versions of everything outside this workspace, and nothing about where they come from."""
    own = [f"--no-emit-package={name}" for name in (CORE, *map(distribution_of, PLUGINS))]
    projects = ["pyproject.toml", *(str(plugin.relative_to(ROOT) / "pyproject.toml") for plugin in PLUGINS)]
    session.run(
        "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--no-annotate", "--no-header",
        *own, *options, "--output-file", str(output), *projects, external=True,
    )  # fmt: skip


@nox.session(venv_backend="none", default=False)
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew, with the newest versions."""
    groups = ["--all-extras"]
    for group in ("dev", "lint", "types", "floors", "coverage", "build"):
        groups += ["--group", group]
    output = ROOT / CONSTRAINTS
    compile_pins(session, output, "--upgrade", *groups)
    header = "# The versions that the checks and releases use; written by `uv run nox -s constraints`.\n"
    output.write_text(header + output.read_text())
