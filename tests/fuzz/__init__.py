"""Coverage-guided fuzzing of everything that reads a file, by atheris and libFuzzer."""
