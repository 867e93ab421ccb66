using System.Buffers;
using System.Collections;
using System.Security.Cryptography;

namespace Fed.Cluster.Stores;

/// <summary>One contribution's file, its piece bitmap, and the hash of the pieces that came in order, so that a well-behaved transfer is never read back.</summary>
internal sealed class FileInboxEntry
{
    private readonly Lock _gate = new();
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly Digest _hash;
    private readonly long _length;
    private readonly BitArray _arrived;
    private readonly IncrementalHash _running = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private IOpenFile? _file;
    private int _hashedPieces, _missing, _handles;
    private bool _verified, _removed;

    public FileInboxEntry(IFileSystem files, string path, Digest hash, long length)
    {
        (_files, _path, _hash, _length) = (files, path, hash, length);
        long pieces = (length + IBulkTransfer.PieceBytes - 1) / IBulkTransfer.PieceBytes;
        _missing = pieces <= int.MaxValue ? (int)pieces : throw new ArgumentOutOfRangeException(nameof(length), length, "a contribution has at most 2^31 pieces");
        _arrived = new BitArray(_missing);
    }

    public bool Is(Digest hash, long length) => hash == _hash && length == _length;

    public bool IsVerified
    {
        get
        {
            lock (_gate) return _verified;
        }
    }

    /// <summary>Links a file that is whole already and verifies it; false, and nothing is left, where that fails.</summary>
    public bool Adopt(string file)
    {
        lock (_gate)
        {
            if (!_files.TryLink(file, _path)) return false;
            using (Stream linked = _files.OpenRead(_path)) _verified = linked.Length == _length && Digest.Of(linked) == _hash;
            if (_verified)
            {
                _arrived.SetAll(true);
                (_missing, _hashedPieces) = (0, _arrived.Length);
            }
            else _files.Delete(_path);
            return _verified;
        }
    }

    /// <summary>A handle for one receiver; the file stays open while there is one.</summary>
    public IInboxEntry Handle()
    {
        lock (_gate) _handles++;
        return new EntryHandle(this);
    }

    public Stream? OpenRead()
    {
        lock (_gate)
        {
            return _verified && _files.Length(_path) == _length ? _files.OpenRead(_path) : null;
        }
    }

    /// <summary>Deletes the file; handles that are still out find nothing more to do.</summary>
    public void Remove()
    {
        lock (_gate)
        {
            _removed = true;
            Clear();
            _running.Dispose();
        }
    }

    private void Write(long pieceIndex, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (pieceIndex < 0 || pieceIndex >= _arrived.Length)
                throw new ArgumentOutOfRangeException(nameof(pieceIndex), pieceIndex, $"the contribution has {_arrived.Length} pieces");
            if (bytes.Length != PieceLength(pieceIndex))
                throw new ArgumentException($"piece {pieceIndex} has {bytes.Length} bytes, not {PieceLength(pieceIndex)}", nameof(bytes));
            if (_removed || _arrived[(int)pieceIndex]) return;
            OpenFile().Write(pieceIndex * IBulkTransfer.PieceBytes, bytes);
            _arrived[(int)pieceIndex] = true;
            _missing--;
            if (pieceIndex != _hashedPieces) return;
            _running.AppendData(bytes);
            _hashedPieces++;
        }
    }

    private bool Has(long pieceIndex)
    {
        lock (_gate) return pieceIndex >= 0 && pieceIndex < _arrived.Length && _arrived[(int)pieceIndex];
    }

    private bool Complete()
    {
        lock (_gate)
        {
            if (_verified) return true;
            if (_removed || _missing > 0) return false;
            OpenFile();   // an empty contribution has a file too
            HashRest();
            Span<byte> found = stackalloc byte[Digest.Size];
            _running.GetHashAndReset(found);
            _verified = new Digest(found) == _hash;
            if (!_verified) Clear();
            return _verified;
        }
    }

    /// <summary>Reads back, and hashes, what came out of order.</summary>
    private void HashRest()
    {
        if (_hashedPieces == _arrived.Length) return;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
        try
        {
            for (; _hashedPieces < _arrived.Length; _hashedPieces++)
            {
                Span<byte> piece = buffer.AsSpan(0, PieceLength(_hashedPieces));
                int read = 0;
                while (read < piece.Length && _file!.Read(((long)_hashedPieces * IBulkTransfer.PieceBytes) + read, piece[read..]) is > 0 and int count) read += count;
                _running.AppendData(piece[..read]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Clear()
    {
        _file?.Dispose();
        _file = null;
        _files.Delete(_path);
        _arrived.SetAll(false);
        (_missing, _hashedPieces, _verified) = (_arrived.Length, 0, false);
        if (!_removed) return;
        _missing = Math.Max(_missing, 1);   // a removed entry never completes
    }

    /// <summary>Opens the file for the first piece. It stays open until the entry is complete and its last handle gone: opening again would empty it.</summary>
    private IOpenFile OpenFile() => _file ??= _files.Create(_path);

    private int PieceLength(long pieceIndex) => (int)Math.Min(IBulkTransfer.PieceBytes, _length - (pieceIndex * IBulkTransfer.PieceBytes));

    private void Release()
    {
        lock (_gate)
        {
            if (--_handles > 0 || !_verified) return;
            _file?.Dispose();
            _file = null;
        }
    }

    private sealed class EntryHandle(FileInboxEntry entry) : IInboxEntry
    {
        private bool _disposed;

        public void Write(long pieceIndex, ReadOnlySpan<byte> bytes) => entry.Write(pieceIndex, bytes);

        public bool Has(long pieceIndex) => entry.Has(pieceIndex);

        public bool Complete() => entry.Complete();

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            entry.Release();
        }
    }
}
