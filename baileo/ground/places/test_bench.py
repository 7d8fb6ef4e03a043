import pytest

from baileo.ground.places.bench import bench


@pytest.mark.usefixtures("ambon")
def test_the_bench_measures_each_look_up() -> None:
    figures = bench(rounds=8)
    assert set(figures) == {
        f"{name}_{what}_us"
        for name in ("area_at", "find_place_in_text", "gazetteer_search")
        for what in ("mean", "p99")
    }
    assert all(value > 0 for value in figures.values())
