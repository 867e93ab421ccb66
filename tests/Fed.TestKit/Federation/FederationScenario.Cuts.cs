using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Protocol.Job;

namespace Fed.TestKit.Federation;

/// <content>Smaller schedules of the same seed, as text: what a shrinker finds and a person replays.</content>
public sealed partial record FederationScenario
{
    /// <summary>What was cut from the seed's scenario, as text that <see cref="Cut"/> reads; empty for the whole.</summary>
    public string Cuts { get; private init; } = "";

    /// <summary>Which strikes of a kind are carried out, counted from 0 in the order in which they are drawn; a kind that is not named strikes whenever it is drawn.</summary>
    public ImmutableSortedDictionary<FaultKind, ImmutableSortedSet<int>> Only { get; private init; } = ImmutableSortedDictionary<FaultKind, ImmutableSortedSet<int>>.Empty;

    /// <summary>The command that runs this scenario again.</summary>
    public string Replay => $"./test.sh sim{(Protection == ProtectionRules.Plain ? "" : $" --protection {Protection}")} --seed {Seed}{(Cuts.Length == 0 ? "" : $" --shrunk \"{Cuts}\"")}";

    /// <summary>
    /// A smaller scenario: <c>no=Loss,Crash</c> switches kinds of faults off, <c>sites=3</c>, <c>rounds=1</c> and <c>jobs=1</c> take the first so many, <c>window=2500</c> ends all faults
    /// after so many virtual milliseconds, <c>Crash=0,4</c> carries out only those strikes of a kind.
    /// </summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public FederationScenario Cut(string cuts)
    {
        FederationScenario scenario = this;
        foreach (string part in cuts.Split(' ', StringSplitOptions.RemoveEmptyEntries)) scenario = scenario.CutOne(part);
        return scenario with { Cuts = Joined(Cuts, cuts) };
    }

    /// <summary>The scenario without a kind of fault.</summary>
    public FederationScenario Without(FaultKind kind) => kind switch
    {
        FaultKind.Loss => this with { Links = Links with { LossPermille = 0 } },
        FaultKind.Delay => this with { Links = Links with { DelayMax = Least(Links.DelayMax, 20) } },
        FaultKind.Reordering => this with { Links = Links with { ReorderPermille = 0 } },
        FaultKind.Duplication => this with { Links = Links with { DuplicatePermille = 0 } },
        FaultKind.Partition => this with { PartitionsPer10K = 0 },
        FaultKind.OneWayPartition => this with { OneWayPartitionsPer10K = 0 },
        FaultKind.Replay => this with { ReplaysPer10K = 0 },
        FaultKind.MailboxOverflow => this with { DoorCapacity = int.MaxValue },
        FaultKind.Crash => this with { CrashesPer10K = 0 },
        FaultKind.CrashAfterAppend => this with { CrashesAfterAppendPermille = 0, CrashesAfterAcceptPermille = 0 },
        FaultKind.TornWork => this with { TornWorkPer10K = 0 },
        FaultKind.ConnectionLoss => this with { Broker = Broker is null ? null : Broker with { ConnectionLossPer10K = 0 } },
        FaultKind.BrokerRestart => this with { Broker = Broker is null ? null : Broker with { RestartsPer10K = 0 } },
        FaultKind.Unroutable => this with { Broker = Broker is null ? null : Broker with { UnbindingsPer10K = 0 } },
        FaultKind.TornAppend => this with { TornAppendsPermille = 0 },
        FaultKind.SecondLeader => this with { JobStandbys = 0, CoordinatorStandbys = 0, AggregatorStandbys = 0, LostLeasesPer10K = 0 },
        FaultKind.DatabaseCut => this with { DatabaseCutsPer10K = 0 },
        FaultKind.Pause => this with { PausesPer10K = 0 },
        FaultKind.ClockJump => this with { ClockJumpsPer10K = 0 },
        FaultKind.ClockSkew => this with { ClockSkewMax = TimeSpan.Zero },
        FaultKind.SlowDisk => this with { Journals = Journals with { DelayMax = Least(Journals.DelayMax, 5) }, Disks = Disks with { DelayMax = Least(Disks.DelayMax, 5) } },
        FaultKind.DiskFailure => this with { Journals = Journals with { FailPermille = 0 }, Disks = Disks with { FailPermille = 0 } },
        FaultKind.AppendConflict => this with { Journals = Journals with { ConflictPermille = 0 } },
        FaultKind.FullDisk => this with { FullDisksPer10K = 0 },
        FaultKind.Stranger => this with { StrangersPer10K = 0 },
        FaultKind.SiteLeaves => this with { DeparturesPer10K = 0 },
        FaultKind.ChangedKey => this with { ChangedKeysPer10K = 0 },
        FaultKind.RestoredSecrets => this with { RestoredSecretsPermille = 0 },
        FaultKind.RestoredSite => this with { RestoredSitesPer10K = 0, RestorableSites = 0 },
        _ when Lies.Has(kind) => this with { Lies = Lies.Without(kind) },
        _ when AggregatorLies.Has(kind) => this with { AggregatorLies = AggregatorLies.Without(kind) },
        _ => this with { Sites = [.. Sites.Select(site => FaultOf(site) == kind ? SiteBehaviour.Honest : site)] },
    };

    /// <summary>The fault that a site of this behaviour commits; null for one that keeps the rules.</summary>
    public static FaultKind? FaultOf(SiteBehaviour behaviour) => behaviour switch
    {
        SiteBehaviour.Straggler => FaultKind.Straggler,
        SiteBehaviour.Declines => FaultKind.Declined,
        SiteBehaviour.NotANumber => FaultKind.NotANumber,
        SiteBehaviour.Lies => FaultKind.WrongBytes,
        SiteBehaviour.WrongSchema => FaultKind.WrongSchema,
        SiteBehaviour.WrongRound => FaultKind.WrongRound,
        SiteBehaviour.WrongAttempt => FaultKind.WrongAttempt,
        SiteBehaviour.WrongBase => FaultKind.WrongBase,
        SiteBehaviour.BadDeal => FaultKind.BadDeal,
        SiteBehaviour.BadShare => FaultKind.BadShare,
        _ => null,
    };

    /// <summary>The kinds of faults that are switched on.</summary>
    public IEnumerable<FaultKind> Kinds() => Enum.GetValues<FaultKind>().Where(kind => !Without(kind).HasSameFaults(this));

    /// <summary>True for scenarios in which the same happens, however they are written: record equality would compare the sites by reference.</summary>
    internal bool HasSameFaults(FederationScenario other) =>
        Sites.SequenceEqual(other.Sites) && HasSameStrikes(other) && this with { Sites = other.Sites, Only = other.Only, Cuts = other.Cuts } == other;

    private bool HasSameStrikes(FederationScenario other) =>
        Only.Count == other.Only.Count && Only.All(pair => other.Only.TryGetValue(pair.Key, out ImmutableSortedSet<int>? strikes) && strikes.SetEquals(pair.Value));

    /// <summary>Both cuts in one text: all kinds that are off in one place, and of the other names the last value.</summary>
    private static string Joined(string first, string second)
    {
        SortedDictionary<string, string> parts = new(StringComparer.Ordinal);
        foreach (string part in $"{first} {second}".Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            string name = part[..at], value = part[(at + 1)..];
            parts[name] = name == "no" && parts.TryGetValue(name, out string? off) ? $"{off},{value}" : value;
        }

        return string.Join(' ', parts.Select(static part => $"{part.Key}={part.Value}"));
    }

    private FederationScenario CutOne(string part)
    {
        string[] sides = part.Split('=');
        if (sides.Length != 2) throw new FormatException($"'{part}' is no cut of a scenario: write name=value");
        (string name, string value) = (sides[0], sides[1]);
        if (name == "no") return value.Split(',').Select(KindOf).Aggregate(this, static (scenario, kind) => scenario.Without(kind));
        ImmutableSortedSet<int> numbers = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text => NumberOf(part, text))];
        int number = numbers.IsEmpty ? 0 : numbers[0];
        return name switch
        {
            "sites" => this with { Sites = [.. Sites.Take(Math.Max(2, number))], Aggregators = Aggregators is { } parts ? Math.Min(parts, Math.Max(2, number)) : null },
            "aggregators" => this with { Aggregators = number > 1 ? number : null },
            "rounds" => this with { Rounds = Math.Max(1, number) },
            "jobs" => this with { Jobs = Math.Max(1, number) },
            "attempts" => this with { AttemptsMax = Math.Max(1, number) },
            "window" => this with { FaultsFor = TimeSpan.FromMilliseconds(number) },
            _ => this with { Only = Only.SetItem(KindOf(name), numbers) },
        };
    }

    private static int NumberOf(string part, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw new FormatException($"'{text}' in '{part}' is no whole number from 0 to {int.MaxValue}");

    private static FaultKind KindOf(string name) =>
        Enum.TryParse(name, out FaultKind kind) && Enum.IsDefined(kind) ? kind : throw new FormatException($"there is no fault '{name}'; there are {string.Join(", ", Enum.GetNames<FaultKind>())}");

    private static TimeSpan Least(TimeSpan time, int milliseconds) => time < TimeSpan.FromMilliseconds(milliseconds) ? time : TimeSpan.FromMilliseconds(milliseconds);
}
