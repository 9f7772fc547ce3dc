# Makefile - the front door.  The build itself is CMake's (CMakeLists.txt, CMakePresets.json).

PRESET  ?= release
BUILD   := build/$(PRESET)
OUT     ?= build/demo
# as the shell reads it, whatever is in its name
HERE    := '$(subst ','\'',$(CURDIR))'
ENGINES ?= shards parallel mpi slurm spark ray daft dask duckdb kubernetes

unexport CDPATH

help: ## show this list
	@printf 'rwda: what is wrong in this image, from words alone\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## install what is missing, build, train a detector from words, score the sample images, draw the contact sheet
	@tools/demo.sh $(BUILD)/rwda $(OUT)

build: configure ## the libraries, the program, its manual pages and completions, in build/release
	@cmake --build --preset $(PRESET) --target rwda rwda_static rwda_shared rwda_eval_static rwda_eval_shared manual

test: configure ## every test that needs nothing but this checkout
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET)

asan tsan: packages ## the same tests under AddressSanitizer + UBSan, or ThreadSanitizer (FULL=1: kernels and every case too)
	@cmake --preset $@ $(if $(FULL),-DRWDA_SANITIZE_KERNELS=ON)
	@cmake --build --preset $@
	@ctest --preset $@

faults: configure ## every allocation of the verbs fails in turn, files change under score and serve 200 times (hours; STEP=17 ROUNDS=20)
	@cmake --build --preset $(PRESET)
	@tests/fault/changing_files.sh $(BUILD)/rwda $(or $(ROUNDS),200)
	@tests/fault/verbs.sh $(BUILD)/rwda $(BUILD)/tests/fail_allocation.so $(or $(STEP),1)

cross-test: ## 64-bit ARM: cross build, its tests under QEMU (installs them; hours; CROSS="-R unit/"); a big-endian machine is refused
	@tools/cross_test.sh s390x
	@tools/cross_test.sh aarch64 $(CROSS)

examples: build ## the examples in C, C++, Rust and C# against an installed tree or this build (installs the compilers)
	@tools/install_packages.sh languages
	@ctest --preset $(PRESET) -R '^(examples|install|cpp)/'

parity: build ## compare with PyTorch, Pillow, open_clip and scikit-learn at full size (installs them; about 15 minutes; QUICK=1)
	@cmake --build --preset $(PRESET) --target fnn_steps winclip_plus embed_ids
	@tools/reference/run_parity.sh $(if $(QUICK),--quick) $(BUILD)

web-test: build ## the service with Triton's client, promtool and a load; both pages in a browser (installs them; LOAD=10000)
	@tools/install_packages.sh web-test
	@cd tests/http && RWDA=$(HERE)/$(BUILD)/rwda ../../build/http-venv/bin/pytest -q -p no:cacheprovider
	@RWDA=$(HERE)/$(BUILD)/rwda build/http-venv/bin/python tests/http/load.py --requests $(or $(LOAD),1000)
	@cd tests/web && RWDA=$(HERE)/$(BUILD)/rwda node --test page.test.js
	@tests/web/report/run.sh $(HERE)/$(BUILD)/rwda

watch-test: build ## `rwda watch` with 10,000 files and SIGKILL in between, a real broker and a real receiver (installs mosquitto; FILES=300)
	@tools/install_packages.sh watch
	@python3 tests/watch/stress.py $(BUILD)/rwda $(or $(FILES),10000)

arrow-test: configure ## Arrow streams against pyarrow, polars and DuckDB (installs them)
	@tools/install_packages.sh arrow-test
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET) -R 'arrow'

site: build ## the documents, manual pages and headers as a site in build/site (installs mkdocs-material)
	@tools/install_packages.sh site
	@build/site-venv/bin/python tools/site/build.py $(BUILD)/manual
	@python3 tools/site/check_links.py build/site

site-test: site ## the site in a browser, wide and narrow; screenshots in build/site-test
	@tools/install_packages.sh web-test
	@cd tests/web && node --test site.test.js

bench: build ## how long each stage takes here (MODEL=demo, BENCH="--threads 1 --json" and so on)
	@$(BUILD)/rwda bench $(if $(MODEL),--model $(MODEL)) $(BENCH)

bench-peers: configure ## every goal against ONNX Runtime, PyTorch and others, run by run (installs them; PEERS="--rows image-1 --architecture tiny")
	@cmake --build --preset $(PRESET)
	@bench/peers/run.sh $(BUILD) $(PEERS)

bench-growth: configure ## how time and memory grow with batch, length, threads, images (GROWTH="--architecture tiny --most 1000")
	@tools/install_packages.sh parity
	@cmake --build --preset $(PRESET)
	@/usr/bin/python3 bench/growth.py --build $(BUILD) $(GROWTH)

bench-streams: configure ## does memory stay from 1,000 to 1,000,000 images, and is a tar or an Arrow stream as fast as files (installs pyarrow; STREAMS="memory --most 10000")
	@tools/install_packages.sh parity arrow-test
	@cmake --preset $(PRESET) -DRWDA_ARROW=ON >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@cmake --build --preset $(PRESET) --target rwda
	@for what in $(if $(STREAMS),"$(STREAMS)",memory speed); do python3 bench/streams.py $$what --build $(BUILD) || exit 1; done

bench-nearest: configure ## the search for nearest neighbours against FAISS (installs it; NEAREST="--images 16 --rounds 3")
	@cmake --build --preset $(PRESET) --target nearest_time
	@bench/nearest/run.sh $(BUILD) $(NEAREST)

same-bytes: build ## does this tree answer everything as another build did (BASE=PROGRAM; RENAMES=FILE for what is called otherwise on purpose)
	@python3 tools/same_bytes/run.py check "$(BASE)" $(BUILD)/rwda $(if $(RENAMES),--renames $(RENAMES))

python-package: build/python/installed packages # built beside the library
	@cmake --preset $(PRESET) -DRWDA_PYTHON=ON -DPython_EXECUTABLE=$(HERE)/build/python/bin/python >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@cmake --build --preset $(PRESET) --target rwda rwda_python

python-test: python-package ## the Python package built beside the library, its tests (mypy, pyright, scikit-learn's checks; installs them)
	@ctest --preset $(PRESET) -R '^python/'

python-overhead: python-package ## what the Python package takes beside the C library, on a quiet machine (goal: below 3 %)
	@TESTS=$(HERE)/bindings/python/tests/test_overhead.py bindings/python/tests/run.sh $(HERE)/build/python/bin/python $(HERE)/$(BUILD)/bindings/python $(HERE)/$(BUILD)/rwda

engines: $(if $(filter spark ray daft dask,$(ENGINES)),python-package,build) ## the examples for Slurm, MPI, Spark, Ray and others, each under the real thing (ENGINES="parallel mpi daft", ENGINES_OPTIONS="--images 1000")
	@tests/engines/run.sh $(BUILD) $(ENGINES) $(ENGINES_OPTIONS)

wheel: build/python/installed packages ## one wheel with codecs, program and model inside, into build/wheel, with their licences
	@PYTHON=$(HERE)/build/python/bin/python bindings/python/wheel.sh build/wheel

wheel-test: wheel ## that wheel in a fresh environment of each CPython (PYTHONS="python3.9 debian:sid": also the newest of a Debian suite)
	@tools/install_packages.sh python $(if $(findstring debian:,$(PYTHONS)),packaging)
	@bindings/python/tests/fresh.sh build/wheel/*.whl $(or $(PYTHONS),python3)

build/python/installed: bindings/python/requirements.txt
	@tools/install_packages.sh python
	@python3 -m venv build/python
	@build/python/bin/pip install --quiet --disable-pip-version-check -r bindings/python/requirements.txt
	@touch $@

fuzz: packages ## throw damaged bytes at every reader, a minute each (FUZZ_SECONDS=60; needs clang)
	@tools/install_packages.sh fuzz
	@cmake --preset fuzz && cmake --build --preset fuzz
	@fuzz/run.sh build/fuzz $(or $(FUZZ_SECONDS),60)

format: ## clang-format over all C files
	@files=$$(git ls-files '*.c' '*.h') && [ -n "$$files" ] || { echo "make format: of what git tracks, and this is no checkout" >&2; exit 1; }; \
		clang-format -i $$files

install: build ## into /usr/local, or wherever DESTDIR and PREFIX say
	@cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

sbom: build ## what the program is made of: build/release/rwda.spdx.json
	@cmake --build --preset $(PRESET) --target sbom

deb: packages ## Debian packages of this checkout, in build/deb (installs debhelper; DEB_BUILD_OPTIONS=nocheck: without the unit tests)
	@tools/install_packages.sh packaging
	@packaging/build_deb.sh

deb-test: ## those packages built in a clean root, by lintian; installed, tried and removed in another (root, a Debian mirror)
	@tools/install_packages.sh packaging
	@packaging/test_packages.sh

reproducible: build/python/installed packages ## two builds in other folders, at other times, ...: the same bytes, of the wheel too? (PACKAGES=no: without the Debian packages)
	@tools/install_packages.sh packaging
	@PACKAGES=$(PACKAGES) PYTHON=$(HERE)/build/python/bin/python packaging/check_reproducible.sh

static: packages ## one program that needs no library, against musl: build/musl/rwda (fetches sources of the libraries from Debian)
	@tools/install_packages.sh musl
	@packaging/build_musl.sh

windows: ## the library for 64-bit Windows, by MinGW, its unit tests and an example under Wine: build/windows/rwda (fetches sources of the libraries from Debian)
	@tools/install_packages.sh windows
	@packaging/build_windows.sh $(WINDOWS)

configure: packages # one build serves the program and its tests: what a target needs of it is compiled
	@cmake --preset $(PRESET) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }

packages: ## Debian packages that the build needs (asks for root only when one is missing), nanoarrow's sources from PyPI
	@mkdir -p build
	@tools/install_packages.sh build
	@[ build/arrow.log -nt tools/arrow/requirements.txt ] || { tools/install_packages.sh arrow >build/arrow.part 2>&1; code=$$?; \
		[ $$code -lt 128 ] || exit $$code; mv build/arrow.part build/arrow.log; [ $$code -eq 0 ]; } || \
		echo "without Arrow streams: nanoarrow cannot be fetched (build/arrow.log; without that file it is tried again)" >&2

clean: ## remove build/
	@rm -rf build

.PHONY: help demo build test asan tsan cross-test examples parity web-test watch-test arrow-test site site-test bench bench-peers bench-growth bench-streams bench-nearest same-bytes python-package python-test python-overhead engines wheel wheel-test sbom deb deb-test reproducible static windows fuzz format install configure packages clean
