package server

import (
	"context"
	"fmt"
	"time"

	"bedrail"
	"bedrail/api"
)

// diskEvery is how often the free space is looked at. At 100 MB/s a disk loses
// 500 MB between two looks, which must be less than what disk.low keeps free.
const diskEvery = 5 * time.Second

// disk says how full the disk of the data folder is.
func (s *Server) disk() api.DiskStatus {
	free, total, err := diskSpace(s.Config.Data)
	d := api.DiskStatus{Free: free, Total: total, State: "ok"}
	switch {
	case err != nil || total == 0:
		d.State = "unknown"
	case free*100 < total*int64(s.Config.DiskLow):
		d.State = "full"
	case free*100 < total*2*int64(s.Config.DiskLow):
		d.State = "low"
	}
	return d
}

// checkDisk fails while so little is free that nothing new is taken in.
func (s *Server) checkDisk(context.Context) error {
	if d := s.disk(); d.State == "full" {
		return bedrail.Errorf(bedrail.Unavailable, "%s", s.diskFull(d))
	}
	return nil
}

func (s *Server) diskFull(d api.DiskStatus) string {
	return fmt.Sprintf("the disk of the data folder has %d MB free, less than the %d %% that must stay free (disk.low); make room there, what was kept is safe",
		d.Free>>20, s.Config.DiskLow)
}

// watchDisk makes the store refuse changes before the disk is really full, and
// takes that back once there is room. A refusal for another reason stays.
func (s *Server) watchDisk(ctx context.Context) error {
	var ours string
	return every(ctx, diskEvery, func() {
		d := s.disk()
		why, refused := s.DB.ReadOnly()
		switch {
		case d.State == "full" && !refused:
			ours = s.diskFull(d)
			s.DB.RefuseWrites(ours)
			s.Log.ErrorContext(ctx, "the disk is full: nothing new is taken in", "free", d.Free, "total", d.Total)
		case d.State != "full" && refused && why == ours && ours != "":
			s.DB.AllowWrites()
			s.Log.InfoContext(ctx, "there is room on the disk again", "free", d.Free)
		}
	})
}
