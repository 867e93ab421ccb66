using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.EndToEnd.Running;
using Fed.Host;
using Fed.Host.Commands;
using Fed.Host.Simulation;
using Fed.Vectors;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Whole runs with a site whose software lies: it sends more than its bounds allow, or other shares than it was dealt.</summary>
public sealed class LyingSiteTests
{
    private static readonly NodeAddress Liar = NodeAddress.Silo("site-3");

    /// <summary>Under ckks the honest encryptor refuses a number that does not fit its field before anything leaves the site, so what is sent is fewer than none.</summary>
    [Theory]
    [InlineData("job.protection = plain", "change", 6)]
    [InlineData("job.protection { mode = secagg, colluding = 1 }", "change", 6)]
    [InlineData("job.protection { mode = ckks, colluding = 1 }", VectorSchema.ClippedSegment, -1)]
    public void A_contribution_beyond_its_bounds_stops_the_job_and_publishes_nothing(string protection, string segment, int limits)
    {
        using Workspace workspace = new();
        RunHere run = new() { Hooks = new RunHooks { Services = (node, services) => node == Liar ? services with { BeforeOutbox = new Excess(segment, limits) } : services } };
        JobSpoiltException stopped = Assert.Throws<JobSpoiltException>(() => run.Run(workspace, workspace.Conf(Repository.Quickstart, "job.rounds = 2", "simulation.baselines = false", protection)));
        Assert.Contains("opening inconsistent: ", stopped.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(workspace.Layout.Job("quickstart-1"), "model.safetensors")), "a model was published");
        Assert.False(File.Exists(Path.Combine(workspace.Layout.Job("quickstart-1"), "report.json")), "a report was published");
        workspace.Fed("model", "export", "--out", workspace.PathOf("model.json"), "--format", "json").Refused(ExitCodes.User, "quickstart-1 has failed before a round was committed, and left no model");
        Assert.False(File.Exists(workspace.PathOf("model.json")));
        string shown = workspace.Fed("rounds", "show", "1").Succeeded().Out;
        Assert.Contains("stopped", shown, StringComparison.Ordinal);
        Assert.Contains("opening inconsistent", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("committed  ", shown, StringComparison.Ordinal);
        workspace.Fed("audit", "verify").Succeeded();
    }

    /// <summary>The shares of another site are held back until the liar's have come: without them there are too few right ones, so the lie is found in every run.</summary>
    [Fact]
    public void Wrong_shares_are_told_of_once_and_the_sum_is_opened_by_the_others()
    {
        bool hasLied = false;
        object? Carried(NodeAddress node, object message)
        {
            if (message is not ProtocolMessage.AnswerStep { Answer: { Step: CeremonyStep.ReleaseShares, Collection: { Round: 1, Sum: "training" } } answer }) return message;
            hasLied |= answer.Silo.Value == "site-3";
            return answer.Silo.Value == "site-0" && !hasLied ? null : message;   // it is asked again
        }

        using Workspace workspace = new();
        RunHere run = new()
        {
            Hooks = new RunHooks
            {
                Services = static (node, services) => node == Liar ? services with { SecureAggregation = new WrongShares(services.SecureAggregation!) } : services,
                Transport = inner => new LossyTransport(inner, Carried),
            },
        };
        string conf = workspace.Conf(Repository.Quickstart, "job { rounds = 1, timing.resend-interval = 300ms, protection { mode = secagg, colluding = 1 } }", "simulation.baselines = false");
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, "job.rounds = 1"), RunHere.Hashes(run.Run(workspace, conf)));
        Assert.Contains("released by site-3; they do not count", workspace.Fed("rounds", "show", "1").Succeeded().Out, StringComparison.Ordinal);
        JsonElement training = workspace.Fed("rounds", "show", "1", "--json").Succeeded().Json().GetProperty("sums")[0];
        Assert.Equal(["site-0", "site-1", "site-2", "site-4"], training.GetProperty("openedBy").EnumerateArray().Select(static site => site.GetString()!));
        string told = "warning: " + RoundDecider.Accusation(new CollectionId(1, 1, "training"), new SiloId("site-3"));
        Assert.Single(run.Out.Split('\n'), line => line == told);
        Assert.DoesNotContain("refused: 'site-3' released", run.Out, StringComparison.Ordinal);
    }

    /// <summary>So many times the limit of one site in every entry of a segment.</summary>
    private sealed class Excess(string name, int limits) : IGridStage
    {
        public void Apply(Segment segment, int start, Span<long> grid)
        {
            if (segment.Name == name) grid.Fill(segment.Limit * limits);
        }
    }

    private sealed class WrongShares(ISecureAggregation inner) : ISecureAggregation
    {
        public byte[] ReleaseShares(
            CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, ImmutableSortedSet<SiloId> contributors, ImmutableSortedSet<SiloId> confirmedBy)
        {
            byte[] released = inner.ReleaseShares(context, self, secrets, maskers, contributors, confirmedBy);
            released[^1] ^= 1;
            return released;
        }

        public (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self) => inner.AdvertiseKeys(context, self);

        public bool IsAdvert(CeremonyContext context, SiloId silo, ReadOnlySpan<byte> advert) => inner.IsAdvert(context, silo, advert);

        public ImmutableSortedSet<SiloId> HoldersOf(CeremonyContext context, SiloId silo) => inner.HoldersOf(context, silo);

        public (byte[] Nonce, byte[] Commitment) DrawNonce(GraphContext context, SiloId self) => inner.DrawNonce(context, self);

        public Digest GraphSeed(GraphContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) => inner.GraphSeed(context, commitments, nonces);

        public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
            CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes) =>
            inner.ShareKeys(context, self, secrets, adverts, notes);

        public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Notes) ReceiveShares(
            CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => inner.ReceiveShares(context, self, secrets, shares);

        public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, Stream vector, IBlobWriter output) => inner.MaskInput(context, self, secrets, maskers, vector, output);

        public UnmaskOutcome Unmask(UnmaskRequest request, Stream maskedSum, Stream output) => inner.Unmask(request, maskedSum, output);
    }
}
