using Fed.Crypto.Packing;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Multiparty;

/// <summary>Everything about a collective key that its holders agree on before they draw anything. Two ceremonies never share an <see cref="Id"/>, and so never a common random polynomial.</summary>
public sealed class KeyCeremony
{
    private KeyCeremony(string job, int epoch, string purpose, PackingProfile profile, Roster roster, int threshold, long openingsMax)
    {
        (Job, Epoch, Purpose, Profile, Roster, Threshold, OpeningsMax) = (job, epoch, purpose, profile, roster, threshold, openingsMax);
        Id = new FieldHash("fedactors/key-ceremony/1").Add(job).Add(epoch).Add(purpose).Add(profile.Hash.AsSpan()).Add(roster.Hash).Add(threshold).Add(openingsMax).Close();
    }

    /// <summary>The job that the key serves.</summary>
    public string Job { get; }

    /// <summary>Counts the keys of a job: a new one after a change of members, a used-up key or a ceremony that broke off.</summary>
    public int Epoch { get; }

    /// <summary>What the key is for.</summary>
    public string Purpose { get; }

    /// <summary>Ring and security of the key.</summary>
    public PackingProfile Profile { get; }

    /// <summary>The ring of the key.</summary>
    public RnsRing Ring => Profile.Ring;

    /// <summary>The holders.</summary>
    public Roster Roster { get; }

    /// <summary>t: as many holders together open, and fewer learn nothing.</summary>
    public int Threshold { get; }

    /// <summary>tau: ciphertexts that one holder helps to open under the key, trial openings included.</summary>
    public long OpeningsMax { get; }

    /// <summary>
    /// Openings that there can be under the key at all, for which smudging is sized: tau (n - t + 1). Each takes t shares, and an honest holder gives at most tau; those in league, at most t - 1, keep no books and may be in every
    /// set. So (n - c) tau honest shares serve at most (n - c) tau / (t - c) openings, which is most for c = t - 1. Different sets may open one and the same sum, each with noise of its own, and no holder alone would notice.
    /// </summary>
    public long OpeningsInAll => OpeningsInAllOf(OpeningsMax, Roster.Count, Threshold);

    /// <summary>The same for a key that is not made yet.</summary>
    /// <param name="openingsMax">tau, at most 2^40.</param>
    /// <param name="holders">Holders, at most 64.</param>
    /// <param name="threshold">t, at least 1.</param>
    public static long OpeningsInAllOf(long openingsMax, int holders, int threshold) => openingsMax * (holders - threshold + 1);

    /// <summary>Names the ceremony: a hash over everything here.</summary>
    public Hash256 Id { get; }

    /// <summary>Checks and fixes the terms.</summary>
    /// <param name="job">The job, not empty.</param>
    /// <param name="epoch">From 0; never twice for a job and a purpose.</param>
    /// <param name="purpose">What the key is for, not empty.</param>
    /// <param name="profile">A threshold profile.</param>
    /// <param name="roster">The holders.</param>
    /// <param name="threshold">t, 2 to the number of holders.</param>
    /// <param name="openingsMax">tau, at least the number of trial openings.</param>
    /// <exception cref="InvalidParametersException">A term is out of range.</exception>
    public static KeyCeremony Create(string job, int epoch, string purpose, PackingProfile profile, Roster roster, int threshold, long openingsMax)
    {
        if (string.IsNullOrWhiteSpace(job) || string.IsNullOrWhiteSpace(purpose)) throw new InvalidParametersException("a key names its job and its purpose; one of them is empty");
        if (epoch < 0) throw new InvalidParametersException($"epoch {epoch}: epochs count from 0");
        if (!profile.IsThreshold) throw new InvalidParametersException($"profile {profile.Name} has one shared key; a collective key needs a threshold profile");
        if (threshold < 2 || threshold > roster.Count) throw new InvalidParametersException($"threshold {threshold} of {roster.Count} holders: 2 to {roster.Count} are possible, since with 1 each holder alone could open everything");
        int trials = ActiveSet.Cover(roster, threshold).Length;
        if (openingsMax <= trials || openingsMax > 1L << 40) throw new InvalidParametersException($"{openingsMax} openings: more than the {trials} trial openings and at most 2^40 are possible");
        return new KeyCeremony(job, epoch, purpose, profile, roster, threshold, openingsMax);
    }
}
