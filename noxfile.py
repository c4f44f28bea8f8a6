"""The checks of this repository; the README and CI call them from here.

`uv run nox` runs what a change has to pass, on the interpreter that runs nox. `uv run nox -l` lists the rest. Code is
tested as strangers get it: installed from built wheels, in environments of its own, never from the checkout.
"""

import json
import os
import re
import shutil
import signal
import sys
import tarfile
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
CONSTRAINTS = "constraints.txt"
CORE = "executus-core"
# what stands on core: the name of each distribution, and its folder
PLUGINS = {
    tomllib.loads(path.read_text())["project"]["name"]: path.parent.relative_to(ROOT)
    for path in sorted([*ROOT.glob("plugins/*/pyproject.toml"), *ROOT.glob("contrib/*/pyproject.toml")])
}
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = sorted({"3.11", "3.12", "3.13", HERE}, key=lambda version: int(version.split(".")[1]))

# A shell's background jobs ignore Ctrl-C, and so would the processes whose Ctrl-C the tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)

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

if __name__ == "__main__":  # `python noxfile.py` says which of the versions this machine has; .ci/run asks
    from python_discovery import get_interpreter

    print(*(version for version in PYTHONS if get_interpreter(version)))


# ---------------------------------------------------------------------------------------------------- building


def module_of(distribution: str) -> str:
    """Name the package that a distribution of this workspace installs."""
    return distribution.replace("-", "_")


@cache
def dist_folder() -> tempfile.TemporaryDirectory[str]:
    """Give this call of nox a folder of its own, where every session finds the same wheels."""
    return tempfile.TemporaryDirectory(prefix="executus-dist-")


def build(session: nox.Session) -> Path:
    """Build every distribution of the workspace, an sdist and from it a wheel, once for each call of nox."""
    dist = Path(dist_folder().name)
    if not any(dist.iterdir()):
        options = ["--quiet", "--all-packages", "--build-constraint", CONSTRAINTS, "--out-dir", str(dist)]
        session.run("uv", "build", *options, external=True)
    return dist


def wheel(session: nox.Session, distribution: str, extra: str = "") -> str:
    """Give the requirement for a built wheel."""
    (path,) = build(session).glob(f"{module_of(distribution)}-*.whl")
    return f"{distribution}{extra} @ {path.as_uri()}"


def all_wheels(session: nox.Session) -> list[str]:
    """Give the requirements for core, with what its test kit needs, and every plugin."""
    return [wheel(session, CORE, "[testing]"), *(wheel(session, plugin) for plugin in PLUGINS)]


def install(session: nox.Session, *requirements: str, constraints: str = CONSTRAINTS) -> None:
    """Install under the pins; what this workspace built is always taken anew."""
    anew = [f"--reinstall-package={name}" for name in (CORE, *PLUGINS)]
    session.install("--quiet", "--constraint", constraints, *anew, *requirements)


def run_tests(session: nox.Session, *arguments: str, measured: bool = False, site: str = "") -> None:
    """Run pytest over the installed packages."""
    env = {
        "EXECUTUS_TEST_SITE": site,  # tests/docs: the site that was built, to be looked at too
        "PYTHONSAFEPATH": "1",  # or the checkout would be imported
        # a session's own is inside of the checkout, whose pyproject.toml a test's own pytest would find
        "TMPDIR": tempfile.gettempdir(),
        "EXECUTUS_TEST_INSTALLED": "1",  # tests/meta: the installed copy, or fail
    }
    runner = ["coverage", "run", "-m", "pytest"] if measured else ["pytest"]
    session.run(*runner, "-c", "pyproject.toml", "--rootdir", ".", *arguments, *session.posargs, env=env)


ALL_TESTS = ["tests", *(str(folder / "tests") for folder in PLUGINS.values())]


# ----------------------------------------------------------------------------------------------- reading the source


@nox.session
def lint(session: nox.Session) -> None:
    """Style, spelling, and dependencies that are declared and used."""
    install(session, "--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("deptry", "executus_core")
    for folder in PLUGINS.values():
        with session.chdir(folder):
            session.run("deptry", "src")


@nox.session
def types(session: nox.Session) -> None:
    """Types, by two checkers, and the completeness of the public ones."""
    install(session, "--group", "types", *all_wheels(session))
    sources = ["executus_core", *(str(folder / "src") for folder in PLUGINS.values())]
    sources += ["tests/typing", "examples"]  # what a caller's type checker has to say
    session.run("mypy", *sources)
    session.run("pyright", "--warnings", *sources)
    for distribution in (CORE, *PLUGINS):
        session.run("pyright", "--ignoreexternal", "--verifytypes", module_of(distribution))


@nox.session
def floors(session: nox.Session) -> None:
    """Imports only go down, and nobody reaches inside a stranger."""
    install(session, "--group", "floors")
    path = os.pathsep.join(str(ROOT / folder / "src") for folder in PLUGINS.values())
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": path})


# ------------------------------------------------------------------------------------------- tests, from built wheels


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """Core alone: no plugin is installed, and core doesn't pretend to be one."""
    install(session, "--group", "coverage", wheel(session, CORE, "[testing]"))
    plugins = "from importlib.metadata import entry_points as of; exit(of(group='executus.v1') or 0)"
    session.run("python", "-c", plugins)
    measured = session.python == HERE
    if measured:
        session.run("coverage", "erase")
    run_tests(session, "-m", "not batteries", measured=measured)
    if measured and not session.posargs:
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report")


@nox.session(python=PYTHONS)
def plugins(session: nox.Session) -> None:
    """Each plugin alone with core, so that what it forgot to declare is missed."""
    for plugin, folder in PLUGINS.items():
        session.log("%s alone with core", plugin)
        session.run("uv", "pip", "uninstall", "--quiet", CORE, *PLUGINS, external=True)
        # its own relatives, where it declares them, come from the same folder
        found = ["--find-links", str(build(session))]
        install(session, *found, wheel(session, CORE, "[testing]"), wheel(session, plugin))
        run_tests(session, str(folder / "tests"))


@nox.session(python=PYTHONS)
def together(session: nox.Session) -> None:
    """Everything in one environment, where plugins meet."""
    install(session, *all_wheels(session))
    run_tests(session, *ALL_TESTS, "--ignore=tests/docs")  # the session `docs` does what the pages say


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into build/docs, without a warning, and do what its pages say can be done."""
    install(session, "--group", "docs", *all_wheels(session))
    site = "build/docs"
    shutil.rmtree(site, ignore_errors=True)  # what is built anew warns anew
    session.run("sphinx-build", "--quiet", "--fail-on-warning", "--keep-going", "--nitpicky", "docs", site)
    run_tests(session, "tests/docs", site=site)


# ------------------------------------------------------------------------------------------------------------- slow


@nox.session
def sweeps(session: nox.Session) -> None:
    """Run the sweeps in full: every fault of every port, a cancellation at every wait, twice."""
    install(session, *all_wheels(session))
    run_tests(session, "tests/sweeps", "-m", "slow")


@nox.session
def hostile(session: nox.Session) -> None:
    """Attack the guard of files where a guard that fails could harm nothing: in a sandbox, else not at all."""
    confined = ["sh", "tests/hostile/confined.sh"]
    try:
        session.run(*confined, "true", external=True, silent=True)
    except CommandFailed:
        session.skip("this machine has no sandbox; as in: apt-get install bubblewrap")
    install(session, *all_wheels(session))
    python = str(shutil.which("python", path=session.bin))
    # -B and no cache, since nothing can be written; -P, or the checkout would be imported
    options = ["-p", "no:cacheprovider", "-c", "pyproject.toml", "--rootdir", "."]
    pytest = [python, "-B", "-P", "-m", "pytest", *options]
    session.run(*confined, *pytest, "tests/hostile", *session.posargs, external=True)


@nox.session
def skeletons(session: nox.Session) -> None:
    """Make a package of every kind: each is well typed, builds, installs, passes its own tests and shows up."""
    install(
        session, "--group", "lint", "--group", "types", "--group", "build", wheel(session, CORE, "[testing]")
    )
    folder = Path(session.create_tmp()).resolve() / "made"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    ports = "from executus_core.cli.plugins.skeleton.kinds import PORTS; print(*PORTS)"
    made = {
        f"made-{port.replace('_', '-')}": ["--port", port]
        for port in ask(session, "python", "-c", ports).split()
    }
    made["made-tools"] = ["--kind", "tools"]
    session.run("uv", "pip", "uninstall", "--quiet", *made, external=True)  # a name that is taken is refused
    with session.chdir(folder):
        for name, kind in made.items():
            session.run("executus", "plugins", "new", name, *kind, silent=True)
        session.install("--quiet", "--no-deps", "--no-build-isolation", *(f"./{name}" for name in made))
        session.run("pyright")
        session.run("pytest", "-q", "-c", "made-tools/pyproject.toml", "--rootdir", ".", *made)
    for name in made:
        with session.chdir(folder / name):
            session.run("ruff", "format", "--isolated", "--check", "--quiet")
            session.run("ruff", "check", "--isolated", "--quiet")
            session.run("mypy", "--cache-dir", str(folder / ".mypy_cache"), "src", "tests")
    listed = json.loads(ask(session, "executus", "plugins", "--check", "--json"))["plugins"]
    active = {plugin["name"] for plugin in listed if plugin["state"] == "active"}
    if active != set(made):
        session.error(f"made {sorted(made)}, and active are {sorted(active)}")


def ask(session: nox.Session, *command: str) -> str:
    """Run a command for what it prints."""
    return str(session.run(*command, silent=True))


@nox.session
def lowest(session: nox.Session) -> None:
    """Test with the lowest version of everything that a pyproject.toml declares."""
    pins = Path(session.create_tmp()) / "lowest.txt"
    compile_pins(session, pins, "--resolution", "lowest-direct", "--extra", "testing")
    install(session, *all_wheels(session), constraints=str(pins))
    run_tests(session, *ALL_TESTS)


@nox.session
@nox.parametrize("version", ["lowest", "newest"])
def litellm(session: nox.Session, version: str) -> None:
    """Test the provider of real models with the lowest litellm that it allows, and with the newest there is."""
    plugin = PLUGINS["executus-model-litellm"]
    (floor,) = re.findall(r'"litellm>=([\d.]+)"', (plugin / "pyproject.toml").read_text())
    # the pins of everything but litellm, and of what litellm itself pins
    theirs = ("litellm", "openai", "aiohttp", "tokenizers", "tiktoken", "importlib-metadata")
    pins = Path(session.create_tmp()) / "pins.txt"
    kept = [
        line
        for line in Path(CONSTRAINTS).read_text().splitlines()
        if not re.match(rf"({'|'.join(theirs)})==", line)
    ]
    pins.write_text("\n".join(kept))
    newest = ["--upgrade-package", "litellm", "litellm"]
    wheels = wheel(session, CORE, "[testing]"), wheel(session, "executus-model-litellm")
    install(
        session, *wheels, *([f"litellm=={floor}"] if version == "lowest" else newest), constraints=str(pins)
    )
    session.run(
        "python", "-c", "from importlib.metadata import version; print('litellm', version('litellm'))"
    )
    run_tests(session, str(plugin / "tests"))


@nox.session
def live(session: nox.Session) -> None:
    """Drive a real llama.cpp server over HTTP, with a model that the tests make."""
    install(session, "--group", "live", *all_wheels(session))
    session.env["EXECUTUS_TEST_LIVE"] = "1"  # without it these tests are skipped
    run_tests(session, "plugins/model-litellm/tests/live")


@nox.session
def scad(session: nox.Session) -> None:
    """Make models with a real OpenSCAD, contained by what this machine has; without either it fails."""
    install(session, *all_wheels(session))
    session.env["EXECUTUS_TEST_SCAD"] = "1"  # without it these tests are skipped where OpenSCAD is missing
    run_tests(session, str(PLUGINS["executus-scad-session-tools"] / "tests"))


@nox.session(name="build")
def build_(session: nox.Session) -> None:
    """Build what a release uploads, and look into it."""
    install(session, "--group", "build")
    dist = build(session)
    wheels, sdists = sorted(map(str, dist.glob("*.whl"))), sorted(map(str, dist.glob("*.tar.gz")))
    session.run("twine", "check", "--strict", *wheels, *sdists)
    # W002, two files alike: the empty py.typed and __init__.py
    session.run("check-wheel-contents", "--no-config", "--ignore", "W002", *wheels)
    for distribution in (CORE, *PLUGINS):
        (sdist,) = dist.glob(f"{module_of(distribution)}-*.tar.gz")
        with tarfile.open(sdist) as archive:
            held = {name.split("/")[1] for name in archive.getnames()}
        source = module_of(CORE) if distribution == CORE else "src"
        owed = {source, "tests", "README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
        if held != owed:
            session.error(f"{sdist.name} lacks {sorted(owed - held)}, holds beside it {sorted(held - owed)}")
        session.log("%s holds what it should: %s", sdist.name, ", ".join(sorted(held)))


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures, each as a ratio to a bare loop in the same run; arguments go to the benchmarks."""
    install(session, *all_wheels(session))
    # away from the checkout: the installed copy is measured
    away = Path(session.create_tmp()).resolve()
    shutil.rmtree(away / "benchmarks", ignore_errors=True)
    shutil.copytree(ROOT / "benchmarks", away / "benchmarks")
    session.chdir(away)
    session.run("python", "-m", "benchmarks", *session.posargs)


# ------------------------------------------------------------------------------------------------------- by hand only


def compile_pins(session: nox.Session, output: Path, *options: str) -> None:
    """Write the versions of everything outside this workspace, and nothing about where they come from."""
    projects = ["pyproject.toml", *(str(folder / "pyproject.toml") for folder in PLUGINS.values())]
    outside = [f"--no-emit-package={name}" for name in (CORE, *PLUGINS)]
    said = ["--quiet", "--no-annotate", "--no-header", "--output-file", str(output), *outside]
    everywhere = ["--universal", "--python-version", "3.11"]
    settled = [
        "--exclude-newer",
        "7 days",
    ]  # a release of this week may be withdrawn, or not be everywhere yet
    session.run("uv", "pip", "compile", *said, *everywhere, *settled, *options, *projects, external=True)


@nox.session(default=False)
def reference(session: nox.Session) -> None:
    """Write the pages of the reference that come from the source."""
    install(session, *all_wheels(session))
    for script in sorted(ROOT.glob("tests/meta/test_*_reference.py")):
        session.run("python", str(script))


@nox.session(default=False)
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew, with the newest versions."""
    groups = ["--all-extras"]
    for group in ("dev", "lint", "types", "floors", "coverage", "docs", "build", "live"):
        groups += ["--group", group]
    output = ROOT / CONSTRAINTS
    compile_pins(session, output, "--upgrade", *groups)
    header = "# The versions that the checks and releases use; written by `uv run nox -s constraints`.\n"
    output.write_text(header + output.read_text())
