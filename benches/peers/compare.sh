#!/usr/bin/env bash
# Times this crate and the numpy/scipy/numba programs beside it in turn, on this machine and one
# thread (or as many as THREADS says), checks that their values agree, and prints the ratios. The
# instances of message passing are different ones of the same law: their overlaps agree within the
# scatter of samples. amp.jl is the same iteration in Julia, to be run by hand.
#
#   python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
#   PYTHON=/tmp/peers/bin/python benches/peers/compare.sh [ROUNDS]
#
# Seconds are the fastest run of all rounds, and the median of the rounds' medians.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
rounds=${1:-3}
threads=${THREADS:-1}
export RAYON_NUM_THREADS=$threads NUMBA_NUM_THREADS=$threads OMP_NUM_THREADS=$threads \
    OPENBLAS_NUM_THREADS=$threads MKL_NUM_THREADS=$threads

cargo build --quiet --release --example timing
for ((i = 0; i < rounds; i++)); do
    cargo run --quiet --release --example timing | sed 's/^/quenched /'
    "$python" benches/peers/rs_binary_scipy.py | sed 's/^/scipy /'
    "$python" benches/peers/fp_binary_scipy.py | sed 's/^/scipy /'
    "$python" benches/peers/amp_numpy.py | sed 's/^/scipy /'
    "$python" benches/peers/mixture_scipy.py | sed 's/^/scipy /'
done | sort -k1,2 -k3,3g | awk '
    # Sorted by time: the first line of a task is its fastest, the middle one its median.
    {
        key = $1 " " $2
        n[key]++
        time[key, n[key]] = $3
        value[key] = $4
    }
    function fastest(who, task) { return time[who " " task, 1] }
    function median(who, task,  key) {
        key = who " " task "_median"
        return time[key, int((n[key] + 1) / 2)]
    }
    function line(task, peer,  difference) {
        difference = value["quenched " task] - value["scipy " peer]
        if (difference < 0) difference = -difference
        printf "%-14s %-20s %11.3e %11.3e %11.3e %11.3e %7.2f %7.2f %10.0e\n", task, peer,
            fastest("quenched", task), median("quenched", task),
            fastest("scipy", peer), median("scipy", peer),
            fastest("scipy", peer) / fastest("quenched", task),
            median("scipy", peer) / median("quenched", task), difference
        # The scipy curve is computed to 1e-8; overlaps scatter by 0.006 from sample to sample.
        if (!(difference <= (task == "curve" ? 1e-8 : task == "amp" ? 0.03 : 1e-10))) bad = 1
    }
    END {
        printf "%-14s %-20s %11s %11s %11s %11s %7s %7s %10s\n", "quenched", "peer",
            "min s", "median s", "min s", "median s", "x min", "x med", "difference"
        line("solve", "solve")
        line("solve", "solve_newton")
        line("row", "solve_newton")
        line("capacity_line", "capacity_line")
        line("capacity_line", "capacity_line_param")
        line("curve", "curve")
        line("logistic", "logistic")
        line("logistic_curve", "logistic_curve")
        line("gibbs", "gibbs")
        line("amp", "amp_numpy")
        line("amp", "amp_numba")
        if (bad) { print "values differ by more than they may"; exit 1 }
    }'
