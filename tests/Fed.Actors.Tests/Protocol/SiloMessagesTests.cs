using System.Reflection;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>
/// What leaves a site besides its vector, field by field: names, ids, hashes, signatures, a percentage. Loss, counts, norms, clip fractions and row numbers are entries of a summed vector and in no
/// message. A field that is not here has no decision behind it, and fails.
/// </summary>
public sealed class SiloMessagesTests
{
    private static readonly SortedDictionary<string, string[]> Decided = new(StringComparer.Ordinal)
    {
        ["AnswerKeyStep"] = ["Answer", "Job"],
        ["AnswerStep"] = ["Answer", "Job"],
        ["AskRekeying"] = ["Heard", "Job", "Own", "Peer", "Settled", "Silo"],   // numbers and hashes of confirmed lists, which the coordinator has itself
        ["Beat"] = ["Collection", "Job", "Percent", "Silo"],                    // the percentage and the beat
        ["DeclineKeyStep"] = ["Blamed", "Epoch", "Job", "Silo", "Step"],        // no data are touched in the making of a key
        ["DeclineUpdate"] = ["Collection", "Job", "Silo"],                      // the reason stays at the site
        ["KeyAnswer"] = ["Epoch", "Given", "Job", "Payload", "Plan", "Signature", "Silo", "Step"],   // by its hash: what the protection makes of keys alone
        ["ModelsKept"] = ["Job", "Silo"],                                       // of the job's models, which everybody has
        ["OfferUpdate"] = ["Collection", "Head", "Job", "Manifest"],
        ["PlanAnswer"] = ["Hash", "Job", "Refusal", "Silo"],                    // a refusal is a sentence made of the plan alone, before any data are touched
        ["RoundSettled"] = ["Epoch", "Head", "Job", "Round", "Silo"],   // the coordinator's own signature, and its own number
        ["SitePresent"] = ["At", "Columns", "Job", "Jobs", "Refused", "Silo"],             // by its hash: names and meanings of columns, which every plan states; names of jobs, which the coordinator gave; and numbers of envelopes that did not fit
        ["StepAnswer"] = ["Base", "Collection", "Job", "Payload", "Plan", "Signature", "Silo", "Step"],   // the payload is made by the protection: keys, sealed shares, a list's hash, shares; or the reason of a doubt, a sentence about public bytes that names sites
        ["UpdateManifest"] = ["Base", "Ceremony", "Hash", "Job", "Length", "Plan", "Round", "Schema", "Signature", "Silo", "Sum"],   // the length follows from the schema
        ["SignedHead"] = ["Hash", "KeyId", "PersistenceId", "Sequence", "Signature"],   // the hash is blinded under a protection, see below
    };

    /// <summary>Messages that no site sends; what sites send is told from these, so that a new message needs a decision.</summary>
    private static readonly string[] OfServers =
    [
        "AskKeyStep", "CancelRound", "CloseRound", "CollectionFailed", "CollectionSealed", "CommitNonce", "ConfirmContributors", "EndJob", "EvaluateSum", "Invite", "KeepModels", "MaskInput", "OpenCollection", "PartSealed", "PlanAdopted", "PrepareOpening", "ProposePlan",
        "ReleaseOpening", "ReleaseRound", "ReleaseShares", "ReprotectInput", "RoundReleased", "RoundReport", "ShareKeys", "ShowNonce", "SignList", "StartRound", "UpdateAnswer", "UploadInput", "VerifyOpening",
    ];

    [Fact]
    public void Every_field_that_a_site_sends_has_a_decision()
    {
        IEnumerable<Type> messages = typeof(ProtocolMessage).GetNestedTypes().Where(static type => type.IsSubclassOf(typeof(ProtocolMessage)) && !OfServers.Contains(type.Name, StringComparer.Ordinal));
        SortedDictionary<string, string[]> actual = new(StringComparer.Ordinal);
        foreach (Type type in messages.Concat([typeof(StepAnswer), typeof(KeyAnswer), typeof(UpdateManifest), typeof(SignedHead)])) actual[type.Name] = Fields(type);
        Assert.Equal(Decided.Keys, actual.Keys);
        Assert.All(actual, pair => Assert.Equal(Decided[pair.Key], pair.Value));
    }

    [Fact]
    public void What_a_journal_head_commits_to_holds_something_that_nobody_can_guess()
    {
        // Heads leave the site. The only event made of the vector itself carries a blind; the others are made of what others know, or of hashes behind it.
        Assert.Contains(nameof(StoredContribution.Blind), Fields(typeof(StoredContribution)));
    }

    private static string[] Fields(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static p => p.GetMethod is { } get && get.GetParameters().Length == 0 && p.SetMethod is not null).Select(static p => p.Name).Order(StringComparer.Ordinal)];
}
