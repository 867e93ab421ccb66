namespace Fed.Actors.Protocol.Job;

/// <summary>How those who open an encrypted sum make sure, each for itself, that it is the sum of what was contributed.</summary>
public enum SumCheckLevel
{
    /// <summary>Contributors sign evaluations of their own ciphertexts at points that nobody knew before: right unless a contributor is in league with the aggregator.</summary>
    Fingerprint,

    /// <summary>Each piece of the sum is added up again by c + 1 contributors, drawn by hash: right while no more than c are in league with the aggregator.</summary>
    Assigned,

    /// <summary>Each opener adds everything up itself.</summary>
    Full,
}

/// <summary>Parameters of sums under a key that the sites hold together. Sites take them from the plan that they approved, never from a message.</summary>
/// <param name="Colluding">Sites that are assumed to collude with the server: c.</param>
/// <param name="Threshold">t: sites that open a sum together; fewer learn nothing.</param>
/// <param name="MinimumContributors">Contributors without which nothing is opened.</param>
/// <param name="Verification">How openers verify a sum.</param>
/// <param name="OpeningsPerKey">tau: ciphertexts that a site helps to open under one key, trial openings included. The noise is sized for what different sets of openers come to together.</param>
public sealed record CkksPlan(int Colluding, int Threshold, int MinimumContributors, SumCheckLevel Verification, long OpeningsPerKey = CkksPlan.OpeningsMax)
{
    /// <summary>The plan's word for this protection.</summary>
    public const string Name = "ckks";

    /// <summary>Name of the ciphertexts' parameters.</summary>
    public string Profile { get; init; } = "silo-threshold";

    /// <summary>Ciphertexts of one site in one attempt at round 0, over all its sums. With <see cref="RoundCiphertexts"/> it decides when a key is used up, and so is part of the plan.</summary>
    public int StartCiphertexts { get; init; }

    /// <summary>Ciphertexts of one site in one attempt at a later round, over all its sums.</summary>
    public int RoundCiphertexts { get; init; }

    /// <summary>The greatest tau for which the parameters' proof has room for the noise that hides the errors of so many openings.</summary>
    public const long OpeningsMax = 1L << 20;

    /// <summary>Sites that may hold parts of one key.</summary>
    public const int SitesMax = 64;

    /// <summary>No fewer contributors hide one another, whatever the plan says.</summary>
    public const int ContributorsMin = 3;

    /// <summary>The smallest t where <paramref name="colluding"/> sites may collude: they alone must not be able to open.</summary>
    public static int ThresholdMin(int colluding) => Math.Max(2, colluding + 1);

    /// <summary>The smallest number of contributors where <paramref name="colluding"/> sites may collude: two others hide each site from them.</summary>
    public static int ContributorsMinOf(int colluding) => Math.Max(ContributorsMin, colluding + 3);

    /// <summary>
    /// How many of <paramref name="invited"/> sites must have signed the list of contributors before any share of the key is given for it: the smallest q with 2q &gt; n + c, so that of two lists
    /// for one sum only one can find as many, since only the c sites that collude sign twice. Two sets of openers may have no honest site in common; two such sets of signers always have.
    /// </summary>
    public int ConfirmationsOf(int invited) => ((invited + Colluding) / 2) + 1;

    /// <summary>How many must be left in each step for a sum to be opened.</summary>
    /// <param name="invited">Whom the plan invites to the attempt.</param>
    /// <param name="quorum">The plan's quorum of the sum.</param>
    public int Needed(int invited, int quorum) => Math.Max(Math.Max(quorum, MinimumContributors), Math.Max(Threshold, ConfirmationsOf(invited)));

    /// <summary>How many holders a new key needs: t to open with, and the smallest cohort.</summary>
    public int HoldersMin => Math.Max(Threshold, MinimumContributors);

    /// <summary>What the trial openings of a new key use up at a holder, at most: it is in one set, or in two where the last reaches back for members.</summary>
    public const int TrialOpenings = 2;

    /// <summary>What one round may use up at a holder, in all its attempts: those that open anew a sum whose opener was lost are among them.</summary>
    public long OpeningsOf(int round, int attempts) => (round == 0 ? StartCiphertexts : (long)RoundCiphertexts) * attempts;

    /// <summary>Openings without which a key does not serve the heaviest round, which it must: it is never changed within one.</summary>
    public long OpeningsMin(int attempts) => TrialOpenings + Math.Max(OpeningsOf(0, attempts), OpeningsOf(1, attempts));

    /// <summary>The last round that a key certainly still serves when <paramref name="first"/> is its first; less than that where it serves none.</summary>
    /// <param name="first">The first round under the key.</param>
    /// <param name="attempts">The plan's attempts at a sum.</param>
    public long LastRoundOf(int first, int attempts)
    {
        long left = OpeningsPerKey - TrialOpenings - OpeningsOf(first, attempts), each = OpeningsOf(Math.Max(1, first), attempts);
        return left < 0 ? first - 1L : each == 0 ? long.MaxValue : first + (left / each);
    }
}
