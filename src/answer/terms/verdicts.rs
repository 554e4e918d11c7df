//! What each status and reason means, what to do, and where there is more.

use crate::experiment::validation::Verdict;
use crate::replica::reason::Reason;
use crate::replica::state::Status;

/// Meaning, what to do, where there is more.
type Text = [&'static str; 3];

pub(super) fn of_status(status: Status) -> Text {
    match status {
        Status::Ok => [
            "The saddle-point equations are solved and the solution is locally stable. In simulations \
             the messages or the minimiser came to rest; in validate theory and simulation agree. It \
             does not say that no other state exists.",
            "Use the number with its error_estimate. Where states coexist, ask solve for --branches all.",
            "theory/stability.md",
        ],
        Status::RsUnstable => [
            "The equations are solved, but the solution is not the truth: the replicon is negative, or \
             discrete weights have a negative entropy, which no set of configurations has, or it is a \
             barrier between two states. The column reason says which.",
            "Do not quote the row as exact. quenched threshold at, capacity or freezing finds where the \
             trouble begins; quenched simulate shows what finite systems do there. Replica symmetry \
             breaking is not computed here.",
            "theory/stability.md",
        ],
        Status::NoSolution => [
            "There is no such saddle point, critical value, curve or classifier: beyond the capacity of \
             spherical weights, past the end of a curve, or where a threshold does not exist. Order \
             parameters are empty.",
            "Nothing failed. Move the parameter back to where there is a solution; quenched threshold \
             finds the edge.",
            "theory/thresholds.md",
        ],
        Status::NotConverged => [
            "There should be a solution, and it was not reached. Order parameters are empty; residual \
             says how near the solver came. In simulations the messages did not come to rest.",
            "Theory: ask for a finer grid that starts at smaller alpha, so that the branch can be \
             followed there. Simulations: more --max-iterations, some --damping, or a smaller load.",
            "theory/solvers.md",
        ],
    }
}

/// What validate adds to the statuses above.
pub(super) fn of_validation(verdict: Verdict) -> Option<Text> {
    match verdict {
        Verdict::Ok | Verdict::NotConverged => None,
        Verdict::Differs => Some([
            "Theory and simulation differ by more than --sigmas standard errors. The exit code of \
             validate is 1.",
            "Try another --seed first: of many rows a few exceed any bound by chance. If the row fails \
             again, take more --samples and larger --n, then look for what is wrong.",
            "theory/message-passing.md",
        ]),
        Verdict::NotJudged => Some([
            "A row of finite size, for information: it differs from the theory by terms of order 1/n. \
             The extrapolated row of the same quantity, whose n is empty, is judged.",
            "",
            "theory/message-passing.md",
        ]),
    }
}

pub(super) fn of_reason(reason: Reason) -> Text {
    match reason {
        Reason::RepliconNegative => REPLICON_NEGATIVE,
        Reason::EntropyNegative => ENTROPY_NEGATIVE,
        Reason::LocalEntropyNegative => LOCAL_ENTROPY_NEGATIVE,
        Reason::ExternalEntropyNegative => EXTERNAL_ENTROPY_NEGATIVE,
        Reason::Metastable => METASTABLE,
        Reason::Outweighed => OUTWEIGHED,
        Reason::Barrier => BARRIER,
        Reason::BeyondCapacity => BEYOND_CAPACITY,
        Reason::NoZeroEnergy => NO_ZERO_ENERGY,
        Reason::Equalities => EQUALITIES,
        Reason::AlwaysSatisfied => ALWAYS_SATISFIED,
        Reason::SomeLengthSatisfies => SOME_LENGTH_SATISFIES,
        Reason::NotDiscrete => NOT_DISCRETE,
        Reason::NoCrossing => NO_CROSSING,
        Reason::NoFold => NO_FOLD,
        Reason::BranchEnds => BRANCH_ENDS,
        Reason::BranchLost => BRANCH_LOST,
        Reason::Stalled => STALLED,
        Reason::Inaccurate => INACCURATE,
        Reason::OutOfReach => OUT_OF_REACH,
        Reason::NoTheory => NO_THEORY,
        Reason::NoVolume => NO_VOLUME,
        Reason::MoreThanAll => MORE_THAN_ALL,
        Reason::Frozen => FROZEN,
        Reason::ReferenceUnstable => REFERENCE_UNSTABLE,
        Reason::ReferenceAbsent => REFERENCE_ABSENT,
        Reason::ReferenceNotConverged => REFERENCE_NOT_CONVERGED,
        Reason::NoFixedPoint => NO_FIXED_POINT,
        Reason::NothingFound => NOTHING_FOUND,
        Reason::Drawn => DRAWN,
        Reason::NotUnique => NOT_UNIQUE,
        Reason::NoFiniteMinimum => NO_FINITE_MINIMUM,
        Reason::ZeroWeights => ZERO_WEIGHTS,
        Reason::GradientLeft => GRADIENT_LEFT,
        Reason::RunsMissing => RUNS_MISSING,
        Reason::Extrapolated => EXTRAPOLATED,
    }
}

const REPLICON_NEGATIVE: Text = [
    "at_stability is negative: a small difference between replicas grows, so that symmetric \
         order parameters describe no state.",
    "quenched threshold at finds where it begins.",
    "theory/stability.md",
];
const ENTROPY_NEGATIVE: Text = [
    "Discrete weights have exp(N entropy) configurations; a negative entropy says that there \
         are none. The load is beyond the capacity, or the temperature below the freezing point.",
    "quenched threshold capacity finds the load, quenched threshold freezing the beta, where the \
         entropy vanishes. The state at that beta is the ground state.",
    "theory/zero-temperature.md",
];
const LOCAL_ENTROPY_NEGATIVE: Text = [
    "There are no probes of discrete weights at this distance: a shell around the reference \
         is empty.",
    "quenched threshold isolation-distance finds where the nearest solutions are.",
    "theory/franz-parisi.md",
];
const EXTERNAL_ENTROPY_NEGATIVE: Text = [
    "There is no group of that many replicas at this distance from each other.",
    "Ask for fewer replicas with --reference robust:Y, or for robust:complexity-zero, which takes \
         as many as there are.",
    "theory/robust-ensemble.md",
];
const METASTABLE: Text = [
    "The branch has a negative entropy, and the teacher's own weights, of entropy zero, dominate: \
         a search started without knowledge stays here until the spinodal.",
    "quenched threshold first-order finds where the teacher takes over, spinodal where the branch \
         ends.",
    "theory/replica-symmetric.md",
];
const OUTWEIGHED: Text = [
    "Another branch of the same model has the larger free entropy at these parameters: this state can \
         be met by a search, but is not typical.",
    "Ask for --branches all and read the row whose dominant is yes; quenched threshold first-order \
         finds where the two change places.",
    "theory/thresholds.md",
];
const BARRIER: Text = [
    "A saddle point between two states: no configuration is described by it, and no search ends there.",
    "Read the other branches of the same point.",
    "theory/solvers.md",
];
const BEYOND_CAPACITY: Text = [
    "The load is beyond the replica-symmetric capacity: no weights satisfy all patterns.",
    "quenched threshold capacity finds the load; at a finite --beta there is always a state.",
    "theory/thresholds.md",
];
const NO_ZERO_ENERGY: Text = [
    "The quantity is about patterns that cost nothing, and this loss is positive everywhere, or has \
         no margin.",
    "A loss with a zero, such as theta or hinge.",
    "theory/models.md",
];
const EQUALITIES: Text = [
    "The loss vanishes at single stabilities only, which weights of finitely many values do not meet.",
    "Spherical weights, or a loss that vanishes on an interval.",
    "theory/models.md",
];
const ALWAYS_SATISFIED: Text = [
    "The teacher's own weights meet the margin on every pattern, so that no load is the largest.",
    "A positive --kappa, or --data storage.",
    "theory/thresholds.md",
];
const NOT_DISCRETE: Text = [
    "Only weights that can be counted freeze.",
    "--weights binary, ternary or atoms.",
    "theory/zero-temperature.md",
];
const NO_CROSSING: Text = [
    "The quantity that vanishes at the critical value has one sign over the whole range that was \
         searched.",
    "The range is named beside it; quenched solve over that range shows the quantity.",
    "theory/thresholds.md",
];
const NO_FOLD: Text = [
    "The branch goes on through the whole range that was searched without turning: there is no spinodal.",
    "The range is named beside it.",
    "theory/solvers.md",
];
const BRANCH_ENDS: Text = [
    "The branch of solutions that starts at light load ends, in a fold or at overlap one, before it \
         meets what was asked for.",
    "The range is named beside it; --branches all shows what else there is.",
    "theory/solvers.md",
];
const BRANCH_LOST: Text = [
    "Continuation stopped before the branch ended: its steps became too short. Nothing is said about \
         whether there is a solution.",
    "The range is named beside it; another --beta or a slightly different load often goes through.",
    "theory/solvers.md",
];
const STALLED: Text = [
    "The iteration stopped decreasing the residual of the saddle-point equations above what counts as \
         solved.",
    "The residual reached is in its column.",
    "theory/solvers.md",
];
const INACCURATE: Text = [
    "Halving the panels of the quadrature changes the value by as much as the value itself.",
    "The parameters are extreme: move away from them.",
    "theory/gaussian-averages.md",
];
const OUT_OF_REACH: Text = [
    "An order parameter came closer to its bound than double precision can tell apart, or the answer is \
         larger than a double can hold.",
    "The limit itself may be asked for, such as --beta inf, or threshold capacity.",
    "theory/solvers.md",
];
const NO_THEORY: Text = [
    "No formula of the theory covers this combination, and another's is not taken for it.",
    "quenched models lists what is covered.",
    "theory/DESIGN.md",
];
const NO_VOLUME: Text = [
    "The probe has to meet equalities, or constraints that cannot be met: its volume is zero at every \
         distance, and the local entropy minus infinity.",
    "A finite --beta, or a loss that vanishes on an interval.",
    "theory/franz-parisi.md",
];
const MORE_THAN_ALL: Text = [
    "The saddle point has more entropy than all configurations at this distance together, which no \
         constraint can give: it describes nothing.",
    "Larger distances, or another --branches.",
    "theory/franz-parisi.md",
];
const FROZEN: Text = [
    "Zero temperature with discrete weights: the state is the one at the beta where the entropy \
         vanishes, and does not change below that temperature.",
    "",
    "theory/zero-temperature.md",
];
const REFERENCE_UNSTABLE: Text = [
    "The measure that the reference is drawn from is itself not described by replica symmetry, \
         so that distances from it mean little.",
    "Look at the reference alone with quenched solve, and choose one of smaller margin or load.",
    "theory/franz-parisi.md",
];
const REFERENCE_ABSENT: Text = [
    "The measure that the reference would be drawn from is empty: no solution has that margin at \
         this load, or the minimiser does not exist.",
    "quenched threshold kappa-max gives the largest margin at each load.",
    "theory/franz-parisi.md",
];
const REFERENCE_NOT_CONVERGED: Text = [
    "The reference's own saddle point was not reached, and nothing around it was computed.",
    "Look at the reference alone with quenched solve.",
    "theory/franz-parisi.md",
];
const NO_FIXED_POINT: Text = [
    "Messages were still changing after the last iteration, or became infinite. What they say \
         then is not what the instance says, and is left out.",
    "More --max-iterations, some --damping, a smaller load or a larger n. In the phase where \
         replica symmetry is unstable there need not be a fixed point.",
    "theory/message-passing.md",
];
const NOTHING_FOUND: Text = [
    "The algorithm ended without a solution, so that there is nothing to measure distances from.",
    "A smaller load, more --max-iterations, or a slower --rate or --protocol.",
    "theory/belief-propagation.md",
];
const DRAWN: Text = [
    "Many vectors have no loss at all; the numbers are those of one of them, drawn at random.",
    "A ridge, --lambda above 0, makes the minimiser unique.",
    "theory/gaussian-mixture.md",
];
const NOT_UNIQUE: Text = [
    "More than one vector has the smallest risk, and no number is that of all of them.",
    "A ridge, --lambda above 0, makes the minimiser unique.",
    "theory/gaussian-mixture.md",
];
const NO_FINITE_MINIMUM: Text = [
    "The risk falls as the weights or the bias go to infinity: the patterns can be separated, or \
         all have one label.",
    "A ridge, --lambda above 0, a given --norm, or --bias fixed:B.",
    "theory/gaussian-mixture.md",
];
const SOME_LENGTH_SATISFIES: Text = [
    "Nothing fixes the length of the weights: short ones have no stability below a negative margin, \
         long ones along the teacher have any margin, so that there is no capacity.",
    "Weights of a given norm (--weights spherical).",
    "theory/free-norm.md",
];
const ZERO_WEIGHTS: Text = [
    "The loss of every pattern is smallest at zero stability, or falls with the length of the weights \
         down to zero, so that vanishing weights are best and have no direction.",
    "A loss that asks for a margin, or weights of a given norm (--weights spherical).",
    "theory/free-norm.md",
];
const GRADIENT_LEFT: Text = [
    "The minimiser used all its steps before the gradient vanished; the numbers are left out.",
    "The problem is nearly degenerate: a larger --lambda, or another --n.",
    "theory/gaussian-mixture.md",
];
const RUNS_MISSING: Text = [
    "Some runs of a mean did not converge and are not part of it. Where more than a fifth are \
         missing there is no mean.",
    "See no fixed point: smaller loads or larger n.",
    "theory/message-passing.md",
];
const EXTRAPOLATED: Text = [
    "The means at several sizes, extrapolated linearly in 1/n to infinitely many weights. What \
         follows names the sizes at which runs are missing.",
    "",
    "theory/message-passing.md",
];

/// What there is to say of own patterns, in the order of [`Remark::TEXTS`](crate::experiment::remark::Remark).
pub(super) const OF_REMARKS: [Text; 6] = [
    [
        "Message passing assumes independent entries of mean zero. These patterns, or their entries, are \
         more alike than chance makes them: a fixed point says nothing of them, and its numbers are left \
         out.",
        "Subtract means, divide by standard deviations, turn to principal axes; or use an algorithm that \
         assumes nothing: simulate minimise.",
        "theory/guide/own-data.md",
    ],
    [
        "Message passing assumes one variance of all entries. These patterns have inputs, or rows, of \
         different sizes, and the numbers are left out.",
        "Divide every input by its standard deviation.",
        "theory/guide/own-data.md",
    ],
    [
        "With damping the messages stand still, without it they leave that point: it is no minimum of \
         what they approximate, as where patterns are correlated. The numbers are left out.",
        "Use an algorithm that assumes nothing: simulate minimise.",
        "theory/guide/own-data.md",
    ],
    [
        "The weights answer to fields by more, or by less, than their variances allow: what the fixed point \
         approximates is not these patterns, most often because they are correlated. The numbers are left \
         out.",
        "Turn the inputs to principal axes; or use an algorithm that assumes nothing: simulate minimise.",
        "theory/guide/own-data.md",
    ],
    [
        "The classes are longer in some directions than in others. What assumes round clusters is left \
         out: estimated errors and cosines, the Bayes-optimal and the plug-in classifier, Gibbs measures.",
        "See leave_one_out_error, or --test; turn the inputs to principal axes of one variance.",
        "theory/guide/own-data.md",
    ],
    [
        "The middle of the clusters and their axis, or the noise in them, cannot be told apart: the \
         estimates would be rounding errors and are left out.",
        "See leave_one_out_error, or --test.",
        "theory/guide/own-data.md",
    ],
];

/// A sample that was refused while it ran.
pub(super) const REFUSED: Text = [
    "The sample that the request led to cannot be run: the text names the option, its value and what \
     is allowed, as for a bad option on the command line.",
    "Change that option.",
    "theory/message-passing.md",
];
