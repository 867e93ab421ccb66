using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Fed.Cluster.Stores;

/// <summary>
/// Blobs as files <c>ab/&lt;hash&gt;</c> under one folder. A file gets its name only after its bytes are on the disk, so a name never stands for a part; what a crash
/// leaves unnamed is removed at the next opening. Thread-safe; two writers of the same content end with one file.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private const string TemporarySuffix = ".part";

    private readonly IFileSystem _files;
    private readonly string _root;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Digest, bool> _unsynced = [];   // names that a crash may take away: their folder has not been synced since
    private bool _areShardsInDoubt;   // a shard was made and the root not synced since: the shard is there, and a crash may take it away with all its blobs
    private long _temporaries;

    /// <summary>
    /// Opens the only writer's view of a folder: creates it where it is missing, removes leftovers of blobs that were never committed, and makes all names durable: a process that was killed may
    /// have left some that are not.
    /// </summary>
    /// <param name="root">Folder of the store.</param>
    /// <param name="files">The file system; the operating system's when null.</param>
    public FileBlobStore(string root, IFileSystem? files = null) : this(root, files ?? DiskFileSystem.Instance, isReadOnly: false)
    {
        _files.CreateDirectory(_root);
        foreach (string leftover in _files.Files(_root))
        {
            if (leftover.EndsWith(TemporarySuffix, StringComparison.Ordinal)) _files.Delete(leftover);
        }

        _files.SyncDirectory(_root);
        foreach (string shard in _files.Directories(_root)) _files.SyncDirectory(shard);
    }

    private FileBlobStore(string root, IFileSystem files, bool isReadOnly)
    {
        _root = Path.GetFullPath(root);
        _files = files;
        IsReadOnly = isReadOnly;
    }

    /// <summary>Opens a view for reading beside a running writer; it creates and removes nothing.</summary>
    public static FileBlobStore OpenReadOnly(string root) => new(root, DiskFileSystem.Instance, isReadOnly: true);

    /// <summary>True for a view that refuses to write and delete.</summary>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    public IBlobWriter Create()
    {
        RequireWritable();
        return new Writer(this, Path.Combine(_root, $"{Interlocked.Increment(ref _temporaries)}{TemporarySuffix}"));
    }

    /// <inheritdoc/>
    public Stream OpenRead(Digest hash)
    {
        try
        {
            return _files.OpenRead(PathOf(hash));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(hash);
        }
    }

    /// <summary>Opens a blob whose length an event names.</summary>
    /// <exception cref="BlobMissingException">No such blob.</exception>
    /// <exception cref="BlobDamagedException">The file has another length.</exception>
    public Stream OpenRead(Digest hash, long length)
    {
        long found = Length(hash);
        if (found >= 0 && found != length) throw new BlobDamagedException($"'{PathOf(hash)}' has {found} bytes, not {length}: the file is damaged; restore it from a backup");
        return OpenRead(hash);
    }

    /// <summary>Opens a blob after hashing it whole: what is read is what the name promises. Costs one more pass.</summary>
    /// <exception cref="BlobMissingException">No such blob.</exception>
    /// <exception cref="BlobDamagedException">The bytes have another hash.</exception>
    public Stream OpenReadVerified(Digest hash)
    {
        Stream blob = OpenRead(hash);
        try
        {
            if (HashOf(blob) != hash) throw new BlobDamagedException(Damage(hash));
            blob.Position = 0;
            return blob;
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }

    /// <summary>Hashes a blob again: null where it is whole, else a sentence that names the file.</summary>
    public string? Verify(Digest hash)
    {
        try
        {
            using Stream blob = OpenRead(hash);
            return HashOf(blob) == hash ? null : Damage(hash);
        }
        catch (BlobMissingException missing)
        {
            return missing.Message;
        }
    }

    /// <inheritdoc/>
    /// <remarks>False for a blob whose name is not known to be durable: whoever asks would rely on what a power failure takes away.</remarks>
    public bool Contains(Digest hash) => !_unsynced.ContainsKey(hash) && Length(hash) >= 0;

    /// <inheritdoc/>
    public long Length(Digest hash) => _files.Length(PathOf(hash));

    /// <inheritdoc/>
    public void Delete(Digest hash)
    {
        RequireWritable();
        _files.Delete(PathOf(hash));   // not synced: a blob that comes back after a crash is collected again
    }

    /// <inheritdoc/>
    public IEnumerable<Digest> List()
    {
        foreach (string shard in _files.Directories(_root))
        {
            foreach (string file in _files.Files(shard))
            {
                string name = Path.GetFileName(file);
                if (name.Length == 2 * Digest.Size && name.All(char.IsAsciiHexDigitLower)) yield return Digest.Parse(name);
            }
        }
    }

    /// <summary>Where a blob's file is, whether it exists or not.</summary>
    public string PathOf(Digest hash)
    {
        string name = hash.ToString();
        return Path.Combine(_root, name[..2], name);
    }

    private BlobMissingException Missing(Digest hash) => new($"blob {hash} is not in '{_root}': restore '{PathOf(hash)}' from a backup, or start the round's job anew");

    private string Damage(Digest hash) => $"'{PathOf(hash)}' is damaged: its bytes do not have the hash that its name says; restore it from a backup";

    private void RequireWritable()
    {
        if (IsReadOnly) throw new InvalidOperationException($"the blob store '{_root}' is open for reading only");
    }

    private static Digest HashOf(Stream blob)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(blob, hash);
        return new Digest(hash);
    }

    /// <summary>Gives durable bytes their durable name. The folder is synced even where the file is there already: its first writer may not have come that far.</summary>
    private void Publish(string temporary, Digest hash)
    {
        string path = PathOf(hash), shard = Path.GetDirectoryName(path)!;
        MakeShard(shard);
        if (_files.Length(path) >= 0)
        {
            _files.Delete(temporary);
        }
        else
        {
            _unsynced.TryAdd(hash, true);
            _files.Move(temporary, path);
        }

        _files.SyncDirectory(shard);
        _unsynced.TryRemove(hash, out _);
    }

    /// <summary>One at a time: whoever finds the folder there relies on its name being durable, which it is not where the sync of the root failed.</summary>
    private void MakeShard(string shard)
    {
        lock (_gate)
        {
            if (_areShardsInDoubt) _files.SyncDirectory(_root);
            _areShardsInDoubt = true;
            _files.CreateDirectory(shard);
            _areShardsInDoubt = false;
        }
    }

    private sealed class Writer : IBlobWriter
    {
        private readonly FileBlobStore _store;
        private readonly string _temporary;
        private readonly IOpenFile _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
        private int _buffered;
        private long _written;
        private bool _committed, _disposed;

        public Writer(FileBlobStore store, string temporary)
        {
            _store = store;
            _temporary = temporary;
            _file = store._files.Create(temporary);
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_committed) throw new InvalidOperationException("the blob is committed; start another one");
            while (!bytes.IsEmpty)
            {
                if (_buffered == 0 && bytes.Length >= IBulkTransfer.PieceBytes)   // whole pieces need no copy
                {
                    Store(bytes[..IBulkTransfer.PieceBytes]);
                    bytes = bytes[IBulkTransfer.PieceBytes..];
                    continue;
                }
                int taken = Math.Min(bytes.Length, IBulkTransfer.PieceBytes - _buffered);
                bytes[..taken].CopyTo(_buffer.AsSpan(_buffered));
                bytes = bytes[taken..];
                _buffered += taken;
                if (_buffered == IBulkTransfer.PieceBytes) Flush();
            }
        }

        public Digest Commit()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_committed) throw new InvalidOperationException("the blob is committed already");
            Flush();
            Span<byte> bytes = stackalloc byte[Digest.Size];
            _hash.GetHashAndReset(bytes);
            var hash = new Digest(bytes);
            _file.Sync();
            _file.Dispose();
            _store.Publish(_temporary, hash);
            _committed = true;
            return hash;
        }

        private void Flush()
        {
            Store(_buffer.AsSpan(0, _buffered));
            _buffered = 0;
        }

        private void Store(ReadOnlySpan<byte> piece)
        {
            _file.Write(_written, piece);
            _hash.AppendData(piece);
            _written += piece.Length;
        }

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            _file.Dispose();
            _hash.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
            if (!_committed) _store._files.Delete(_temporary);
        }
    }
}
