"""A headless Chromium, as Debian's packages chromium and chromium-driver install it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-first-run",
    "--hide-scrollbars", "--force-device-scale-factor=1", "--window-size=1280,1000",
)  # fmt: skip
INSTALL = "apt-get install chromium chromium-driver"


def program(name: str) -> str:
    """The path of a program; the test fails, with the install line, where it is missing."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: {INSTALL}")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Starts a browser, with or without JavaScript; a folder of its own holds its state."""
    try:
        from selenium import webdriver
    except ImportError:
        pytest.fail("selenium is missing: pip install -r requirements-full.txt")
    started = []
    profiles = tmp_path_factory.mktemp("browser")

    def start(*, javascript: bool = True) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium")
        for flag in (*FLAGS, f"--user-data-dir={profiles / str(len(started))}"):
            options.add_argument(flag)
        if not javascript:
            setting = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", setting)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(program("chromedriver"))
        driver = webdriver.Chrome(options=options, service=service)
        started.append(driver)
        driver.set_page_load_timeout(60)
        return driver

    yield start
    for driver in started:
        driver.quit()


@pytest.fixture(scope="module")
def shared(browser: Callable[..., Any]) -> Any:
    return browser()


@pytest.fixture
def opened(page: Path, shared: Any) -> Any:
    """The page as it is when it has just been loaded."""
    driver = shared
    driver.set_window_size(1280, 1000)
    driver.get("about:blank")
    driver.get_log("performance")
    driver.get(page.as_uri())
    yield driver
    wrong = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not wrong
