using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>A real inbox over a disk of its own that forgets what was not synced, opened anew after each crash.</summary>
/// <param name="simulation">Decides what a crash leaves.</param>
/// <param name="open">Opens the inbox on a disk.</param>
public sealed class DiskInbox(ISimulation simulation, Func<IFileSystem, IInbox> open) : ISimulatedInbox
{
    private readonly SimulatedFileSystem _disk = new(simulation);

    private IInbox Inbox { get => field ??= open(_disk); set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Entries => [.. _disk.Directories("/").Append("/").SelectMany(FilesBelow)];

    /// <inheritdoc/>
    public IInboxEntry Open(string entryId, Digest hash, long length) => Inbox.Open(entryId, hash, length);

    /// <inheritdoc/>
    public Stream? OpenRead(string entryId, Digest hash, long length) => Inbox.OpenRead(entryId, hash, length);

    /// <inheritdoc/>
    public void Discard(string prefix) => Inbox.Discard(prefix);

    private IEnumerable<string> FilesBelow(string folder) => [.. _disk.Files(folder), .. folder == "/" ? [] : _disk.Directories(folder).SelectMany(FilesBelow)];

    /// <inheritdoc/>
    public void Crash()
    {
        _disk.Crash();
        Inbox = open(_disk);
    }
}
