using System.Collections.Immutable;

namespace Fed.Host.Trainers;

/// <summary>How a site starts a trainer: its own words, never the plan's. Each setting is explained in reference.conf.</summary>
/// <param name="Id">The name by which plans mean it.</param>
/// <param name="Command">Program and arguments; the program absolute, or one of the files.</param>
/// <param name="Files">Files and folders that are hashed, compared with the plan, and copied to where the process runs.</param>
/// <param name="Environment">Variables beyond the few that every trainer gets.</param>
/// <param name="Silence">Without a sign of life for so long it is killed.</param>
/// <param name="MemoryMax">Bytes that it and its children may hold.</param>
/// <param name="Restarts">How often a question is asked again after the process has ended.</param>
internal sealed record TrainerOptions(
    string Id, ImmutableArray<string> Command, ImmutableArray<string> Files, ImmutableSortedDictionary<string, string> Environment, TimeSpan Silence, long MemoryMax, int Restarts)
{
    public static readonly TimeSpan SilenceDefault = TimeSpan.FromMinutes(2);
    public const long MemoryMaxDefault = 4L << 30;
    public const int RestartsDefault = 3;
}
