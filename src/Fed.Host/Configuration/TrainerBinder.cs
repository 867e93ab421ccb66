using System.Collections.Immutable;
using Fed.Cluster.Stores;
using Fed.Host.Configuration.Hocon;
using Fed.Host.Trainers;

namespace Fed.Host.Configuration;

/// <summary>Reads <c>node.trainer</c> and <c>simulation.trainer</c>: how a site starts the trainers that plans mean by their ids.</summary>
internal static class TrainerBinder
{
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromDays(1);
    private const long MemoryMin = 16L << 20;
    private const long MemoryMaxMax = 1L << 44;
    private const int RestartsMax = 100;

    /// <summary>The trainers of a block by id.</summary>
    public static ImmutableSortedDictionary<string, TrainerOptions> Bind(ConfigReader block) =>
        block.Entries("trainer").Select(static entry => Trainer(entry.Key, entry.Value)).ToImmutableSortedDictionary(static trainer => trainer.Id, static trainer => trainer, StringComparer.Ordinal);

    /// <summary>Refuses commands in the plan, wherever they stand: whoever writes a plan must never choose what a site executes.</summary>
    /// <exception cref="HoconException">There is one.</exception>
    public static void RefuseCommands(HoconObject root)
    {
        if (root["job"] is HoconObject job) RefuseCommands(job, "job");
    }

    private static void RefuseCommands(HoconValue value, string path)
    {
        if (value is HoconArray list)
            foreach (HoconValue item in list.Items) RefuseCommands(item, path);
        if (value is not HoconObject block) return;
        foreach ((string key, HoconValue below) in block.Members)
        {
            if (key == "command")
                throw new HoconException(below.Origin, $"{path}.command: a plan never says what a site executes; let it name a trainer by id and sha256 (job.model), and write the command as trainer.ID.command in the site's own node block, or in simulation when simulating");
            RefuseCommands(below, $"{path}.{key}");
        }
    }

    private static TrainerOptions Trainer(string id, ConfigReader block)
    {
        block.RefuseOthers("kind", "command", "files", "env", "silence", "max-memory", "restarts");
        if (!IsId(id)) throw new HoconException(block.Origin, $"expected the id of a trainer of 1 to 40 letters, digits, '.', '-' and '_', found '{id}'");
        if (block.Has("kind")) _ = block.Choice<TrainerKind>("kind");
        ImmutableArray<string> command = block.Texts("command"), files = block.Files("files");
        if (command.IsEmpty || command[0].Length == 0) throw block.Refuse("command", $"{block.Path}.command is not set; write the program and its arguments, such as [\"/usr/bin/python3\", \"train.py\"]");
        if (files.IsEmpty) throw block.Refuse("files", $"{block.Path}.files is not set; list the files that the command runs: they are compared with the plan's hash before anything is started");
        return new TrainerOptions(
            id,
            command,
            files,
            block.Has("env") ? block.Pairs("env") : ImmutableSortedDictionary<string, string>.Empty,
            block.Has("silence") ? block.Duration("silence", SilenceMin, SilenceMax) : TrainerOptions.SilenceDefault,
            block.Has("max-memory") ? block.Size("max-memory", MemoryMin, MemoryMaxMax) : TrainerOptions.MemoryMaxDefault,
            block.Has("restarts") ? block.Integer("restarts", 0, RestartsMax) : TrainerOptions.RestartsDefault);
    }

    /// <summary>True for ids that plans may use.</summary>
    public static bool IsId(string id) => DataDirectory.IsName(id);

    /// <summary>What a trainer is.</summary>
    private enum TrainerKind
    {
        /// <summary>A program that speaks the protocol over its standard input and output.</summary>
        Process,
    }
}
