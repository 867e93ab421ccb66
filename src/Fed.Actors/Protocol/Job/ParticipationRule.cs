using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Fed.Actors.Protocol.Job;

/// <summary>
/// Who is invited to a sum and how many updates close it. Shares are in parts per million, so that no floating point enters the protocol.
/// Selection derives from (job seed, round, attempt) alone: auditable, and equal on every replay.
/// </summary>
/// <param name="FractionPpm">Share of the roster that a round wants, 1 to 1,000,000.</param>
/// <param name="OverSelectionPpm">Invitations per wanted update, at least 1,000,000 (1.3 invites 13 for 10).</param>
/// <param name="QuorumCount">Updates that suffice at the deadline, as a number; 0 when given as a share.</param>
/// <param name="QuorumPpm">Updates that suffice at the deadline, as a share of the wanted number; 0 when given as a number.</param>
public sealed record ParticipationRule(int FractionPpm, int OverSelectionPpm, int QuorumCount, int QuorumPpm)
{
    private const int Whole = 1_000_000;

    /// <summary>
    /// True when each round's training belongs to one silo, the next of a fixed order that the job's seed draws (cyclic weight transfer); an attempt that failed goes to the one after it.
    /// Its sum is one site's vector, which only the protection <c>plain</c> may carry. Not in the JSON when false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsCyclic { get; init; }

    /// <summary>Everybody is invited and everybody is needed.</summary>
    public static ParticipationRule All { get; } = new(Whole, Whole, 0, Whole);

    /// <summary>How many updates a sum wants of a roster.</summary>
    public int Target(int roster, bool everyone) => everyone ? roster : IsCyclic ? 1 : Math.Max(1, Share(roster, FractionPpm));

    /// <summary>How many sites of a roster an attempt at a sum invites.</summary>
    public int Invited(int roster, bool everyone) => everyone || IsCyclic ? Target(roster, everyone) : Math.Min(roster, Share(Target(roster, everyone), OverSelectionPpm));

    /// <summary>How many updates suffice at the deadline when <paramref name="target"/> are wanted; at least 1, at most the target.</summary>
    public int Quorum(int target) => Math.Clamp(QuorumCount > 0 ? QuorumCount : Share(target, QuorumPpm), 1, target);

    /// <summary>The silos invited to an attempt, in ordinal order.</summary>
    public ImmutableSortedSet<SiloId> Select(ImmutableArray<SiloId> roster, bool everyone, ulong seed, int round, int attempt)
    {
        if (IsCyclic && !everyone) return [roster.OrderBy(silo => Rank(silo, seed, 0, 0), StringComparer.Ordinal).ElementAt((round + attempt - 2) % roster.Length)];
        int invited = Invited(roster.Length, everyone);
        if (invited == roster.Length) return [.. roster];
        return [.. roster.OrderBy(silo => Rank(silo, seed, round, attempt), StringComparer.Ordinal).Take(invited)];
    }

    private static int Share(int of, int ppm) => (int)(((long)of * ppm + Whole - 1) / Whole);

    private static string Rank(SiloId silo, ulong seed, int round, int attempt) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/selection/1\n{seed}\n{round}\n{attempt}\n{silo.Value}")));
}
