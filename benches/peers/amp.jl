# Approximate message passing for the binary perceptron in Julia: the iteration of amp_numpy.py.
#
#     julia --threads 1 -O3 benches/peers/amp.jl
#
# Not part of compare.sh, and not run for the figures of this project: it needs a Julia (1.9 or
# later), and nothing beyond its standard library. Where one is at hand, two packages time the same
# equations in their own way: BinaryCommitteeMachineFBP.jl (focusing belief propagation, messages on
# every edge) and binary-perceptron-amp.
#
# Lines "task seconds value": seconds of one iteration, and the overlap.

using LinearAlgebra, Random, Statistics

const N, M, ITERATIONS, ROUNDS = 5001, 3751, 40, 3
# Replica-symmetric overlap at alpha = 0.75; samples of this size scatter by 0.006.
const OVERLAP, SCATTER = 0.499699, 0.03

# G(x)/H(x): a series of H below 3, a continued fraction beyond.
function mills(x::Float64)
    if x > 3
        ratio = x
        for k in 100:-1:1
            ratio = x + k / ratio
        end
        return ratio
    end
    gauss = exp(-x * x / 2) / sqrt(2pi)
    x < -12 && return gauss
    # H(x) = 1/2 - G(x) (x + x^3/3 + x^5/15 + ...).
    term = x
    total = x
    k = 1
    while abs(term) > 1e-17 * abs(total)
        k += 2
        term *= x * x / k
        total += term
    end
    gauss / (0.5 - gauss * total)
end

function step!(m, g, x, xt)
    v = sum(1 .- abs2.(Float64.(m)))
    omega = x * m .- Float32(v) .* g
    g .= Float32.(mills.(Float64.(-omega) ./ sqrt(v)) ./ sqrt(v))
    b = sum(Float64.(g) .* (g .+ omega ./ v))
    m .= tanh.(xt * g .+ Float32(b) .* m)
end

function main()
    signs = Float32.(2 .* rand(MersenneTwister(1), Bool, M, N) .- 1)
    turned = permutedims(signs)
    seconds = Float64[]
    q = 0.0
    for round in 0:ROUNDS
        m, g = zeros(Float32, N), zeros(Float32, M)
        for _ in 1:ITERATIONS
            time = @elapsed step!(m, g, signs, turned)
            round > 0 && push!(seconds, time)
        end
        q = mean(abs2, Float64.(m))
    end
    println("amp_julia ", minimum(seconds), " ", q)
    println("amp_julia_median ", median(seconds), " ", q)
    abs(q - OVERLAP) > SCATTER && error("overlap $q, $OVERLAP expected")
end

main()
