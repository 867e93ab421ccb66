#!/usr/bin/env bash
# Runs the tests. Plain: everything within the time budget. `sim`, `chaos`, `fuzz`, `bench`: the long forms.
set -uo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_CLI_UI_LANGUAGE=en

usage() {
  cat <<'TEXT'
usage: ./test.sh                     all tests within the budget; ends with 'N passed, N failed', and how many were skipped
       ./test.sh sim   [--seeds N | --fresh N | --seed S [--trace] | --mutants | --deaths] [--protection secagg | ckks]   seeded whole-federation runs
       ./test.sh chaos [--kills N] [--case NAME]   SIGKILL at N random moments of real runs (default 50), a run of 101 sites, and faults of the nodes, networks and servers of a real cluster
                                     NAME: one case alone: Matrix, Ceremonies, Parts, Restore, Blips, Links, Brokers, Training (tests/Fed.EndToEnd/Faults/ChaosTests.cs), ThreeHospitals, Sigkill, LargeFederation
       ./test.sh fuzz  crypto [--objects N]   N damaged objects against the readers of Fed.Crypto (default 1000000)
       ./test.sh bench [NAME]   kernel, sqlite, data, round, learning, secagg, ckks, protection, leak, cluster or all (without cluster): tables of ratios within one run; ckks --out FILE writes JSON too;
                                    cluster [--quick] [--tls on|off|both] [control] [bulk] [memory] [rounds] starts RabbitMQ and PostgreSQL
TEXT
}

has_sdk() { dotnet --list-sdks 2>/dev/null | grep '^10\.' >/dev/null; }

need_dotnet() {
  if has_sdk; then return; fi
  echo "test.sh: installing the .NET SDK 10 with the system's package manager" >&2
  if command -v apt-get >/dev/null 2>&1 && apt-get update -qq && apt-get install -y -qq dotnet-sdk-10.0 && has_sdk; then return; fi
  echo "test.sh: there is no .NET SDK 10 on PATH and none could be installed; install it (package dotnet-sdk-10.0) and run this again" >&2; exit 1
}

# The system's packages that tests start as programs, by Debian's names. What is missing is installed quietly; a test that finds its program absent all the same is skipped and says so.
packages="python3-numpy python3-onnx postgresql rabbitmq-server"

# Debian's postgresql makes a cluster and starts it; tests start servers of their own.
need_no_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf
  without_services install_packages postgresql-common >/dev/null 2>&1
  if [ -w "$conf" ] && ! grep -q '^create_main_cluster' "$conf"; then echo 'create_main_cluster = false' >> "$conf"; fi
}

# A package may start its service when it is installed, unless the machine has a policy against it: it has one while something runs here.
without_services() {
  local policy=/usr/sbin/policy-rc.d status
  if [ -e "$policy" ] || ! [ -w "$(dirname "$policy")" ]; then "$@"; return; fi
  printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy"
  "$@"; status=$?
  rm -f "$policy"
  return "$status"
}

install_packages() { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

need_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  local missing="" package
  for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  if [ -z "$missing" ]; then return 0; fi
  echo "test.sh: installing$missing with the system's package manager" >&2
  case " $missing " in
    *" postgresql "*) need_no_cluster ;;
  esac
  # shellcheck disable=SC2086
  if ! without_services install_packages $missing >/dev/null 2>&1; then
    echo "test.sh: could not install$missing; tests that need them are skipped (apt-get install$missing)" >&2
  fi
}

# Adds up what the runner printed: one line 'Passed!/Failed! - Failed: F, Passed: P, Skipped: S' per test project.
summary() {
  awk -v status="$2" '
    /^(Passed|Failed|Skipped)!/ {
      for (i = 1; i <= NF; i++) {
        if ($i == "Failed:") failed += $(i + 1)
        if ($i == "Passed:") passed += $(i + 1)
        if ($i == "Skipped:") skipped += $(i + 1)
      }
    }
    END {
      if (status != 0 && failed == 0) failed = 1   # a build that broke or a runner that died is a failure too
      printf "%d passed, %d failed", passed, failed
      if (skipped > 0) printf ", %d skipped", skipped
      print ""
      exit (failed > 0 || passed == 0)
    }' "$1"
}

# run_tests [PROJECT] [ARGS]: the whole solution, or one project.
run_tests() {
  local log; log="$(mktemp)"
  local status=0 what=FedActors.sln
  if [ -d "${1:-}" ]; then what="$1"; shift; fi
  dotnet build "$what" -c Release -v quiet --nologo || status=1
  if [ "$status" = 0 ]; then
    # A test that hangs is ended and named, and counts as a failure, instead of holding up the rest for ever.
    # Two projects at a time: tests of real servers wait as often as they work. The solution names the longest project first.
    dotnet test "$what" -c Release --no-build --nologo -m:2 --blame-hang-timeout "${hang:-10m}" --blame-hang-dump-type none "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
  fi
  summary "$log" "$status"; local result=$?
  rm -f "$log"
  return "$result"
}

need_dotnet
case "${1:-}" in
  "") need_packages; run_tests ;;
  sim) shift; dotnet run -c Release --project tests/Fed.Simulation -- "$@" ;;
  chaos) shift
    kills=50 cases="FullyQualifiedName~SigkillTests|FullyQualifiedName~LargeFederationTests|FullyQualifiedName~ThreeHospitalsTests|FullyQualifiedName~ChaosTests"
    while [ $# -gt 0 ]; do
      case "$1" in
        --kills) kills="${2:-50}"; shift 2 || shift ;;
        --case) cases="FullyQualifiedName~ChaosTests.${2:-}|FullyQualifiedName~${2:-}Tests."; shift 2 || shift ;;
        *) echo "test.sh: chaos knows no '$1'" >&2; usage >&2; exit 2 ;;
      esac
    done
    need_packages
    lines="$(mktemp)"
    tail -f "$lines" & reader=$!   # what cases print while they run, which the runner keeps to itself
    hang=30m FED_CHAOS_KILLS="$kills" FED_CHAOS_LINES="$lines" run_tests tests/Fed.EndToEnd --filter "$cases"; result=$?
    kill "$reader"; rm -f "$lines"
    exit "$result" ;;
  fuzz) shift
    if [ "${1:-}" != "crypto" ]; then echo "test.sh: fuzz what? there is: crypto" >&2; usage >&2; exit 2; fi
    objects=1000000; [ "${2:-}" = "--objects" ] && objects="${3:-1000000}"
    FED_FUZZ_OBJECTS="$objects" run_tests tests/Fed.Crypto.Tests --filter "FullyQualifiedName~Fuzz" ;;
  bench) shift; dotnet run -c Release --project bench/Fed.Benchmarks -- "${@:-all}" ;;
  -h|--help) usage ;;
  *) echo "test.sh: unknown form '$1'" >&2; usage >&2; exit 2 ;;
esac
