using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Configuration;

namespace Fed.Host.History;

/// <summary>Something that left a site, or that was ready to: each leaves once at most, and what was journaled may have been lost on its way.</summary>
/// <param name="At">When the site decided it.</param>
/// <param name="Round">For which round; null for what is of the whole job.</param>
/// <param name="Attempt">For which attempt.</param>
/// <param name="Purpose">For which sum, or step.</param>
/// <param name="What">What it is.</param>
/// <param name="Hash">SHA-256 of it, or what names it.</param>
/// <param name="Bytes">Its length; null where it is part of a message.</param>
/// <param name="Base">Hash of the model that it was computed from.</param>
/// <param name="Schema">Hash of the schema of the summed vector.</param>
internal sealed record Departure(DateTimeOffset At, int? Round, int? Attempt, string Purpose, string What, Digest? Hash, long? Bytes, Digest? Base, string? Schema)
{
    /// <summary>What a site says when it keeps a job's models.</summary>
    public const string KeepsModels = "word that it keeps the job's models";

    /// <summary>Of what opens a sum: of which sites' sum, in ordinal order; null of all else.</summary>
    public ImmutableArray<string>? Sites { get; init; }

    /// <summary>What left a site in a job, in order, from the events of its own journal.</summary>
    public static ImmutableArray<Departure> Of(IEnumerable<(SiloEvent Event, DateTimeOffset At)> events)
    {
        ImmutableArray<Departure>.Builder departures = ImmutableArray.CreateBuilder<Departure>();
        Dictionary<CollectionId, SiloEvent.InputCommitted> committed = [];
        Dictionary<CollectionId, SiloEvent.ContributorsConfirmed> confirmed = [];
        JobPlan? plan = null;
        foreach ((SiloEvent happened, DateTimeOffset at) in events)
        {
            void job(string what, Digest? hash) => departures.Add(new Departure(at, null, null, "job", what, hash, null, null, null));
            void sum(CollectionId id, string what, Digest? hash, long? bytes = null, Digest? of = null) =>
                departures.Add(new Departure(at, id.Round, id.Attempt, id.Sum, what, hash, bytes, of, bytes is null ? null : plan?.SumsOf(id.Round).FirstOrDefault(declared => declared.Name == id.Sum)?.ToSchema().Hash));
            switch (happened)
            {
                case SiloEvent.PlanApproved e:
                    plan = e.Plan;
                    job("approval of the plan", e.Hash);
                    break;
                case SiloEvent.PolicyDecided { Note.Decision: PolicyDecision.Refused } e: job($"refusal of the plan by {e.Note.Rule}", e.Plan); break;
                case SiloEvent.ContributionStored e when plan is { SecAgg: null, Ckks: null }: sum(e.Collection, "contribution", e.Contribution.Hash, e.Contribution.Length, e.Broadcast); break;
                case SiloEvent.ContributionDeclined e: sum(e.Collection, "word that it cannot contribute", null); break;
                case SiloEvent.InputMasked e: sum(e.Collection, "masked contribution", e.Upload, e.Length); break;
                case SiloEvent.InputCommitted e:
                    committed[e.Collection] = e;
                    sum(e.Collection, "commitment to ciphertexts", e.Commitment);
                    break;
                case SiloEvent.ListSigned e: sum(e.Collection, "encrypted contribution", committed.GetValueOrDefault(e.Collection)?.Upload, committed.GetValueOrDefault(e.Collection)?.Length, committed.GetValueOrDefault(e.Collection)?.Broadcast); break;
                case SiloEvent.KeysAdvertised e: sum(e.Collection, "public keys of an attempt", e.Advert); break;
                case SiloEvent.SharesDealt e: sum(e.Collection, "sealed shares of masks", e.Dealt); break;
                case SiloEvent.ContributorsConfirmed e:
                    confirmed[e.Collection] = e;
                    sum(e.Collection, "signed list of contributors", e.List);
                    break;
                case SiloEvent.SharesReleased e:
                    sum(e.Collection, "shares that open the sum of the list", e.List);
                    departures[^1] = departures[^1] with { Sites = confirmed.TryGetValue(e.Collection, out SiloEvent.ContributorsConfirmed? list) ? [.. list.Contributors.Select(static site => site.Value).Order(StringComparer.Ordinal)] : null };
                    break;
                case SiloEvent.NonceDrawn e: sum(e.Collection, "nonce for the check of an opening", e.Opening); break;
                case SiloEvent.OpeningReady e: sum(e.Collection, "word that an opening is verified", e.Id); break;
                case SiloEvent.SumDoubted e: sum(e.Collection, "doubt about a sum", e.Opening); break;
                case SiloEvent.ShareStored e: sum(e.Collection, "shares that decrypt the sum", e.Share); break;
                case SiloEvent.AttemptAbandoned e: sum(e.Collection, "word that it leaves an attempt", null); break;
                case SiloEvent.NonceCommitted e: job("commitment to a nonce for the graph", e.Commitment); break;
                case SiloEvent.NonceShown e: job("nonce for the graph", e.Commitments); break;
                case SiloEvent.KeyStepTaken e: job($"step '{Kebab.From(e.Step.ToString())}' of key {e.Epoch}", e.Answer); break;
                case SiloEvent.KeyAbandoned e: job($"word that it leaves the making of key {e.Epoch}", null); break;
                case SiloEvent.RestoreNoticed e: sum(e.Collection, "word that its memory was restored", null); break;
                case SiloEvent.RoundSettled e: departures.Add(new Departure(at, e.Round, null, "round", "word that the round is settled", null, null, null, null)); break;
                case SiloEvent.ModelsKept e: job(KeepsModels, e.Models.Last.State); break;
                case SiloEvent.PolicyDecided or SiloEvent.ContributionStored or SiloEvent.GraphAdopted or SiloEvent.OpeningReleased or SiloEvent.KeyHeld or SiloEvent.KeysErased or SiloEvent.JobEnded or SiloEvent.LeaderSeen or SiloEvent.CommandRejected:
                    break;   // stays here
                default:
                    job($"what '{Kebab.From(happened.GetType().Name)}' tells", null);   // rather named too often than not at all
                    break;
            }
        }

        return departures.ToImmutable();
    }
}
